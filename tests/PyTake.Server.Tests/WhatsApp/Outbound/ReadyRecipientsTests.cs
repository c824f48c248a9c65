using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.WhatsApp.Outbound;

public class ReadyRecipientsTests
{
    private readonly Guid _crowded = Guid.NewGuid();
    private readonly Guid _quiet = Guid.NewGuid();

    [Fact]
    public void Numbers_take_turns()
    {
        var recipients = new ReadyRecipients(1000);
        for (var i = 0; i < 100; i++) recipients.Add(new(_crowded, Guid.NewGuid()));
        recipients.Add(new(_quiet, Guid.NewGuid()));
        recipients.Add(new(_quiet, Guid.NewGuid()));

        Assert.Equal([_crowded, _quiet, _crowded, _quiet, _crowded], recipients.Take(5, _ => true).Select(l => l.WhatsappNumberId));
        Assert.Equal(97, recipients.Count);
    }

    [Fact]
    public void A_number_that_may_not_send_keeps_its_place_and_holds_no_other_up()
    {
        var recipients = new ReadyRecipients(1000);
        for (var i = 0; i < 3; i++) recipients.Add(new(_crowded, Guid.NewGuid()));
        recipients.Add(new(_quiet, Guid.NewGuid()));

        Assert.Equal([_quiet], recipients.Take(5, number => number == _quiet).Select(l => l.WhatsappNumberId));
        Assert.Empty(recipients.Take(5, _ => false));
        Assert.Equal(3, recipients.Take(5, _ => true).Count);
        Assert.Equal(0, recipients.Count);
    }

    [Fact]
    public void A_recipient_is_there_once_and_no_more_than_fit()
    {
        var recipients = new ReadyRecipients(2);
        var recipient = new Recipient(_quiet, Guid.NewGuid());
        recipients.Add(recipient);
        recipients.Add(recipient);
        Assert.Equal([recipient], recipients.Take(5, _ => true));

        for (var i = 0; i < 3; i++) recipients.Add(new(_quiet, Guid.NewGuid()));
        Assert.Equal(2, recipients.Count);
        Assert.Equal([_quiet], recipients.NumbersWith(2));
        Assert.Empty(recipients.NumbersWith(3));
    }
}
