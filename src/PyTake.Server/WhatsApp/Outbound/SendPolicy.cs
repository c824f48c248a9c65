using Microsoft.Extensions.Options;

namespace PyTake.WhatsApp.Outbound;

/// <summary>Decides what to do about a message after Meta's answer (WHATSAPP, sections 9 and 10). Pure, apart from the jitter.</summary>
internal sealed class SendPolicy(IOptions<OutboundOptions> options)
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public SendResult Decide(OutboxRow row, GraphAnswer answer, DateTime now) => answer switch
    {
        GraphAnswer.Accepted accepted => new SendResult.Accepted(accepted.Id, accepted.WaId, accepted.UserId),
        GraphAnswer.NotSent notSent => AgainOrFailed(row, GraphErrorClass.Transient, "not_sent", notSent.Reason, options.Value.MaxAttempts, now),
        GraphAnswer.Unanswered unanswered => new SendResult.Uncertain(unanswered.Reason),
        GraphAnswer.Refused refused => Decide(row, refused.HttpStatus, refused.Error, now),
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    };

    /// <summary>How long the whole number waits after a refusal; zero if only the message waits.</summary>
    public TimeSpan NumberPause(GraphAnswer answer, SendResult result, DateTime now)
        => answer is GraphAnswer.Refused { Error.Code: var code } && result is SendResult.Delayed { Class: GraphErrorClass.Throttle } delayed
            && code is not (GraphErrors.PairRate or GraphErrors.SpamRate)
            ? delayed.DueAt - now
            : TimeSpan.Zero;

    /// <summary>The wait after this many attempts that Meta could not serve.</summary>
    public TimeSpan RetryDelay(int attempts) => Jitter(Power(options.Value.RetryBase, 2, attempts - 1, options.Value.RetryLimit));

    private SendResult Decide(OutboxRow row, int httpStatus, GraphError error, DateTime now)
    {
        var errorClass = GraphErrors.Classify(httpStatus, error.Code, error.Subcode);
        var code = error.Code?.ToString() ?? $"http_{httpStatus}";
        return errorClass switch
        {
            _ when errorClass.StopsNumber() => new SendResult.Stopped(errorClass, code, error.Text),
            GraphErrorClass.Throttle => new SendResult.Delayed(
                now + ThrottleDelay(error.Code, row.Throttles), errorClass, Describe(error), row.Attempts - 1, row.Throttles + 1),
            GraphErrorClass.Transient => AgainOrFailed(row, errorClass, code, error.Text, options.Value.MaxAttempts, now),
            GraphErrorClass.Unknown => AgainOrFailed(row, errorClass, code, error.Text, options.Value.MaxAttemptsUnknown, now),
            _ => new SendResult.Failed(errorClass, code, error.Text),
        };
    }

    private SendResult AgainOrFailed(OutboxRow row, GraphErrorClass errorClass, string code, string text, int maxAttempts, DateTime now)
        => row.Attempts < maxAttempts
            ? new SendResult.Delayed(now + RetryDelay(row.Attempts), errorClass, text, row.Attempts, row.Throttles)
            : new SendResult.Failed(errorClass, code, text);

    // Grows with how often this message was throttled, not with its attempts: a throttled request is not counted as one.
    private TimeSpan ThrottleDelay(int? code, int before) => code switch
    {
        GraphErrors.PairRate => Power(options.Value.PairRateUnit, 4, before, Hour),
        GraphErrors.Throughput => Jitter(Power(options.Value.ThroughputUnit, 2, before, TimeSpan.FromMinutes(1))),
        GraphErrors.SpamRate => Jitter(Power(Hour, 2, before, 6 * Hour)),
        _ => Jitter(Power(TimeSpan.FromMinutes(1), 2, before, Hour)),
    };

    private static TimeSpan Power(TimeSpan unit, int factor, int exponent, TimeSpan limit)
        => TimeSpan.FromSeconds(Math.Min(unit.TotalSeconds * Math.Pow(factor, exponent), limit.TotalSeconds));

    // Requests that were refused together must not be repeated together.
    private static TimeSpan Jitter(TimeSpan delay) => delay * (0.8 + 0.4 * Random.Shared.NextDouble());

    private static string Describe(GraphError error) => error.TraceId is null ? error.Text : $"{error.Text} [{error.TraceId}]";
}
