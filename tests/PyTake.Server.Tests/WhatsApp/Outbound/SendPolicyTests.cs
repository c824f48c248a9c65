using Microsoft.Extensions.Options;

namespace PyTake.WhatsApp.Outbound;

public class SendPolicyTests
{
    private static readonly DateTime Now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    private readonly SendPolicy _policy = new(Options.Create(new OutboundOptions()));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 4)]
    [InlineData(2, 16)]
    [InlineData(3, 64)]
    [InlineData(6, 3600)]
    [InlineData(60, 3600)]
    public void After_131056_the_customer_waits_4_to_the_n_seconds_and_no_attempt_is_used_up(int throttles, int seconds)
    {
        var delayed = Assert.IsType<SendResult.Delayed>(Decide(131056, attempts: 5, throttles));

        Assert.Equal(TimeSpan.FromSeconds(seconds), delayed.DueAt - Now);
        Assert.Equal((4, throttles + 1, GraphErrorClass.Throttle), (delayed.Attempts, delayed.Throttles, delayed.Class));
        Assert.Equal(TimeSpan.Zero, _policy.NumberPause(Refused(131056), delayed, Now));
    }

    [Theory]
    [InlineData(130429, 0, 1, true)]
    [InlineData(130429, 3, 8, true)]
    [InlineData(130429, 20, 60, true)]
    [InlineData(80007, 0, 60, true)]
    [InlineData(80007, 20, 3600, true)]
    [InlineData(4, 2, 240, true)]
    [InlineData(131048, 0, 3600, false)]
    [InlineData(131048, 5, 21600, false)]
    public void Other_throttles_wait_by_their_kind(int code, int throttles, int seconds, bool holdsNumber)
    {
        var delayed = Assert.IsType<SendResult.Delayed>(Decide(code, attempts: 1, throttles));

        Assert.InRange((delayed.DueAt - Now).TotalSeconds, seconds * 0.79, seconds * 1.21);
        Assert.Equal(holdsNumber ? delayed.DueAt - Now : TimeSpan.Zero, _policy.NumberPause(Refused(code), delayed, Now));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(7, 120)]
    public void Transient_errors_are_retried_with_growing_waits(int attempts, int seconds)
    {
        var delayed = Assert.IsType<SendResult.Delayed>(Decide(131000, attempts, 0));

        Assert.InRange((delayed.DueAt - Now).TotalSeconds, seconds * 0.79, seconds * 1.21);
        Assert.Equal(attempts, delayed.Attempts);
    }

    [Fact]
    public void Transient_errors_are_retried_a_limited_number_of_times()
        => Assert.Equal(new SendResult.Failed(GraphErrorClass.Transient, "131000", "(#131000) Meta's words"), Decide(131000, attempts: 8, 0));

    [Fact]
    public void An_unknown_code_has_fewer_attempts()
    {
        Assert.IsType<SendResult.Delayed>(Decide(135000, attempts: 2, 0));
        Assert.IsType<SendResult.Failed>(Decide(135000, attempts: 3, 0));
    }

    [Theory]
    [InlineData(190)]
    [InlineData(368)]
    [InlineData(133015)]
    [InlineData(133010)]
    [InlineData(131042)]
    [InlineData(134011)]
    public void What_concerns_the_whole_number_stops_it(int code)
        => Assert.Equal((code.ToString(), $"(#{code}) Meta's words"), Decide(code, 1, 0) is SendResult.Stopped s ? (s.Code, s.Reason) : default);

    [Theory]
    [InlineData(131026)]
    [InlineData(131047)]
    [InlineData(131049)]
    [InlineData(100)]
    [InlineData(132001)]
    public void What_is_final_fails_with_Metas_code_and_words(int code)
        => Assert.Equal((code.ToString(), $"(#{code}) Meta's words"), ((SendResult.Failed)Decide(code, 1, 0)) is var f ? (f.Code, f.Text) : default);

    [Fact]
    public void Only_unsent_requests_are_repeated_without_an_answer()
    {
        Assert.IsType<SendResult.Delayed>(_policy.Decide(Row(1, 0), new GraphAnswer.NotSent("refused"), Now));
        Assert.IsType<SendResult.Uncertain>(_policy.Decide(Row(1, 0), new GraphAnswer.Unanswered("timed out"), Now));
    }

    private SendResult Decide(int code, int attempts, int throttles) => _policy.Decide(Row(attempts, throttles), Refused(code), Now);

    private static GraphAnswer Refused(int code) => new GraphAnswer.Refused(400, new GraphError(code, null, $"(#{code}) Meta's words", null, null));

    private static OutboxRow Row(int attempts, int throttles) => new()
    {
        MessageId = Guid.NewGuid(),
        Position = 1,
        OrganizationId = Guid.NewGuid(),
        ConversationId = Guid.NewGuid(),
        WhatsappNumberId = Guid.NewGuid(),
        ContactId = Guid.NewGuid(),
        Attempts = attempts,
        Throttles = throttles,
    };
}
