using System.Diagnostics.Metrics;
using PyTake.Telemetry;

namespace PyTake.WhatsApp.Outbound;

/// <summary>Metrics of sending.</summary>
internal sealed class OutboundMetrics
{
    /// <summary>The class of messages whose outcome stayed unknown.</summary>
    public const string Timeout = "timeout";

    private readonly Counter<long> _sent;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _delayed;
    private readonly Counter<long> _uncertain;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _latency;
    private readonly Histogram<double> _requests;

    public OutboundMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("PyTake.Outbound");
        _sent = meter.CreateCounter<long>("pytake.outbound.sent", "{message}", "Messages that Meta accepted");
        _failed = meter.CreateCounter<long>("pytake.outbound.failed", "{message}", "Messages that failed for good, by class");
        _delayed = meter.CreateCounter<long>("pytake.outbound.delayed", "{attempt}", "Attempts after which a message waits for a retry, by class");
        _uncertain = meter.CreateCounter<long>("pytake.outbound.uncertain", "{attempt}", "Attempts with an unknown outcome");
        _refused = meter.CreateCounter<long>("pytake.outbound.graph.errors", "{error}", "Requests that the Graph API refused, by class");
        _latency = meter.CreateHistogram("pytake.outbound.latency", "s", "From a message's creation to Meta's acceptance", advice: Buckets.Long);
        _requests = meter.CreateHistogram("pytake.outbound.request.duration", "s", "Requests to the Graph API, by result", advice: Buckets.Long);
        Begin();
    }

    public void RequestCompleted(TimeSpan duration, GraphAnswer answer)
    {
        _requests.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("result", ResultOf(answer)));
        if (answer is GraphAnswer.Refused { HttpStatus: var status, Error: var error })
            _refused.Add(1, Class(GraphErrors.Classify(status, error.Code, error.Subcode).Word()));
    }

    public void Sent(TimeSpan latency)
    {
        _sent.Add(1);
        _latency.Record(latency.TotalSeconds);
    }

    public void Failed(string errorClass) => _failed.Add(1, Class(errorClass));

    public void Delayed(string errorClass) => _delayed.Add(1, Class(errorClass));

    public void Uncertain() => _uncertain.Add(1);

    // At zero from the start: a counter that appears with its first event hides that event from every rate.
    private void Begin()
    {
        foreach (var word in Enum.GetValues<GraphErrorClass>().Select(c => c.Word()))
            foreach (var counter in (ReadOnlySpan<Counter<long>>)[_failed, _delayed, _refused]) counter.Add(0, Class(word));
        _failed.Add(0, Class(Timeout));
        _sent.Add(0);
        _uncertain.Add(0);
    }

    private static KeyValuePair<string, object?> Class(string errorClass) => new("class", errorClass);

    private static string ResultOf(GraphAnswer answer) => answer switch
    {
        GraphAnswer.Accepted => "accepted",
        GraphAnswer.Refused => "refused",
        GraphAnswer.NotSent => "not_sent",
        _ => "unanswered",
    };
}
