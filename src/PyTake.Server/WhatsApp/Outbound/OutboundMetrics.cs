using System.Diagnostics.Metrics;

namespace PyTake.WhatsApp.Outbound;

/// <summary>What operators graph about sending.</summary>
internal sealed class OutboundMetrics
{
    private readonly Counter<long> _sent;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _delayed;
    private readonly Counter<long> _uncertain;
    private readonly Histogram<double> _latency;
    private readonly Histogram<double> _requests;

    public OutboundMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("PyTake.Outbound");
        _sent = meter.CreateCounter<long>("pytake.outbound.sent", "{message}", "Messages that Meta accepted");
        _failed = meter.CreateCounter<long>("pytake.outbound.failed", "{message}", "Messages that failed for good, by class");
        _delayed = meter.CreateCounter<long>("pytake.outbound.delayed", "{attempt}", "Attempts after which a message waits, by class");
        _uncertain = meter.CreateCounter<long>("pytake.outbound.uncertain", "{attempt}", "Attempts of which nobody knows what became");
        _latency = meter.CreateHistogram<double>("pytake.outbound.latency", "s", "From a message's creation to Meta's acceptance");
        _requests = meter.CreateHistogram<double>("pytake.outbound.request.duration", "s", "Requests to the Graph API, by result");
    }

    public void Asked(TimeSpan duration, GraphAnswer answer)
        => _requests.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("result", answer.GetType().Name.ToLowerInvariant()));

    public void Sent(TimeSpan latency)
    {
        _sent.Add(1);
        _latency.Record(latency.TotalSeconds);
    }

    public void Failed(string errorClass) => _failed.Add(1, new KeyValuePair<string, object?>("class", errorClass));

    public void Delayed(string errorClass) => _delayed.Add(1, new KeyValuePair<string, object?>("class", errorClass));

    public void Uncertain() => _uncertain.Add(1);
}
