using System.Diagnostics;
using PyTake.Faults.Consumers;
using PyTake.Faults.Load;

namespace PyTake.Faults.Checking;

public sealed class DelaysTests
{
    private static readonly Guid Conversation = Guid.NewGuid();
    private static readonly long Second = Stopwatch.Frequency;

    [Fact]
    public void A_message_is_as_late_as_the_last_consumer_that_shows_it()
    {
        var (id, message) = (Guid.NewGuid(), Acknowledged(Fate.Arrives));
        var (first, last) = (Showing(id, message.AcknowledgedAt + Second), Showing(id, message.AcknowledgedAt + 3 * Second));

        Assert.Equal(TimeSpan.FromSeconds(3), Delays.Latest(Heard(message, id, first, last), since: 0));
    }

    [Fact]
    public void What_was_acknowledged_before_or_is_kept_back_by_the_fault_is_not_late()
    {
        var (id, message, trapped) = (Guid.NewGuid(), Acknowledged(Fate.Arrives), Acknowledged(Fate.ArrivesLate));
        var view = Showing(id, message.AcknowledgedAt + Second);

        Assert.Equal(TimeSpan.Zero, Delays.Latest(Heard(message, id, view), since: message.AcknowledgedAt));
        Assert.Equal(TimeSpan.Zero, Delays.Latest(Heard(trapped, id, view), since: 0));
    }

    [Fact]
    public void Consumers_have_converged_when_the_last_shows_what_was_acknowledged_before_the_end()
    {
        var (id, message) = (Guid.NewGuid(), Acknowledged(Fate.Arrives));
        var healed = message.AcknowledgedAt + Second;
        var (early, late) = (Showing(id, healed - 1), Showing(id, healed + 2 * Second));

        Assert.Equal(TimeSpan.Zero, Delays.Convergence(Heard(message, id, early), healed));
        Assert.Equal(TimeSpan.FromSeconds(2), Delays.Convergence(Heard(message, id, early, late), healed));
        Assert.Equal(TimeSpan.Zero, Delays.Convergence(Heard(message, id, late), healed: message.AcknowledgedAt - 1));
    }

    private static CustomerMessage Acknowledged(Fate fate)
    {
        var message = new CustomerMessage("wamid.1", "5511900000001", "one") { Fate = fate };
        message.Send();
        message.Acknowledge();
        return message;
    }

    private static ConversationView Showing(Guid id, long at)
    {
        var view = new ConversationView(Conversation);
        view.Show(new Observation(0, at, ObservationKind.New, Conversation, id, 1, Status: "received", Text: "one"));
        return view;
    }

    private static Evidence Heard(CustomerMessage message, Guid id, params ConversationView[] views) => new(
        [message], [], [], new Stored([new(id, Conversation, 1, 1, 1, "received", message.Wamid, null, "one", 0, null)], [], 0, [], []),
        [.. views.Select(view => new Shown("consumer", [view], new ListView(), []))]);
}
