using System.Diagnostics;

namespace PyTake.Bench;

/// <summary>One round of one load: browsers join, webhooks are posted, and every acknowledged message must be stored and delivered.</summary>
internal sealed class LoadRun : IDisposable
{
    private static readonly TimeSpan DeliveryDeadline = TimeSpan.FromSeconds(10), StorageDeadline = TimeSpan.FromSeconds(120);
    private const int MostPerSecond = 20_000;       // webhooks without a fixed rate; sizes the ledger

    private readonly Load _load;
    private readonly Pace _pace;
    private readonly ClusterFile _cluster;
    private readonly HttpMessageInvoker _http;
    private readonly Inbox _inbox;
    private readonly Ledger _ledger;
    private readonly WebhookSender _sender;
    private readonly Browser[] _browsers;
    private readonly Window _window = new();
    private Turns? _turns;
    private readonly CancellationTokenSource _stopSending = new(), _stopListening = new();

    public LoadRun(Load load, Pace pace, ClusterFile cluster, Webhook webhook, HttpMessageInvoker http, Inbox inbox)
    {
        (_load, _pace, _cluster, _http, _inbox) = (load, pace, cluster, http, inbox);
        var seconds = (pace.WarmUp + (load.IsDisturbed ? Turns.All(pace.Turn) : pace.Measured)).TotalSeconds + 10;     // margin for what happens in between on a busy machine
        _ledger = new Ledger((int)(seconds * (load.Rate > 0 ? load.Rate : MostPerSecond)), load.Conversations);
        _sender = new WebhookSender(webhook, http, _ledger, inbox.Customers);
        var text = new MessageText(_ledger.Run);
        _browsers = [.. Enumerable.Range(0, load.Browsers).Select(n => (Conversation: n % load.Conversations, View: load.Owners == 0 ? null : n < load.Owners ? "mine" : "open"))
            .Select(b => new Browser(new Reader(_ledger, b.Conversation), text, inbox.Conversations[b.Conversation], b.View))];
    }

    public async Task<Round> RunAsync(int number, DiskLatency? disk)
    {
        await JoinAsync();
        var storedBefore = await _inbox.StoredAsync();
        var sending = _load.Rate > 0
            ? _sender.SendAtRateAsync(_load.Rate, _stopSending.Token)
            : _sender.SendInFlightAsync(_load.InFlight, _stopSending.Token);
        await Task.WhenAny(sending, _turns?.WarmUpAsync(_pace.WarmUp) ?? Task.Delay(_pace.WarmUp));

        var workAtOpening = await DatabaseWork.ReadAsync(_inbox.Source);
        var storedAtOpening = await _inbox.StoredAsync();
        var cpu = new CpuMeter(_cluster);
        var memory = new MemoryMeter(_cluster);
        var otherEventsAtOpening = OtherEvents();
        _window.Open();
        await Task.WhenAny(sending, _turns?.TakeAsync(_pace.Turn) ?? Task.Delay(_pace.Measured));
        _window.Close();
        var otherEvents = OtherEvents() - otherEventsAtOpening;
        var most = await memory.StopAsync();
        await _stopSending.CancelAsync();
        await sending;

        var behind = Stopwatch.StartNew();
        var stored = await WaitUntilStoredAsync(storedBefore + _ledger.Acknowledged);
        behind.Stop();
        await WaitUntilDeliveredAsync();
        var used = cpu.Read();
        var work = await DatabaseWork.ReadAsync(_inbox.Source) - workAtOpening;
        var seconds = _window.Seconds + behind.Elapsed.TotalSeconds;
        return new Round
        {
            Load = _load.Name,
            Number = number,
            Disk = disk,
            Cpu = used,
            NodeBytes = most,
            Webhooks = WebhookFigures(),
            Deliveries = _load.HasBrowsers ? DeliveryFigures(used, otherEvents) : null,
            Pairs = [.. (_turns?.Taken ?? []).Select(pair => new PairFigures(LatencyFigures(pair.Without), LatencyFigures(pair.Beside)))],
            Storage = new StorageFigures(
                (stored - storedAtOpening) / seconds,
                Per(used.Nodes, stored - storedAtOpening),
                behind.Elapsed.TotalSeconds,
                work.Transactions / seconds,
                Per(work.Transactions, stored - storedAtOpening),
                work.Syncs / seconds,
                Faults.Of(await _inbox.ReadBackAsync(_ledger))),
        };
    }

    public void Dispose()
    {
        _stopListening.Cancel();
        _turns?.Dispose();
        foreach (var browser in _browsers) browser.Dispose();
        _stopListening.Dispose();
        _stopSending.Dispose();
    }

    private async Task JoinAsync()
    {
        if (!_load.HasBrowsers) return;
        var token = await Agent.LogInAsync(_cluster.BaseUrl);
        var owners = _load.Owners == 0 ? [] : await Owners.AssignAsync(_inbox.Conversations[.._load.Owners], _cluster.BaseUrl, token, _inbox.Source, _http);
        await Parallel.ForAsync(0, _browsers.Length, new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (n, _) => await _browsers[n].JoinAsync(_cluster.BaseUrl, n < owners.Length ? owners[n] : token, _http, _stopListening.Token));
        if (_load.IsDisturbed) _turns = new Turns(new DisturbersProcess(new(_cluster.BaseUrl, token, _load.Deaf, _load.Talkers, _inbox.Conversations)));
    }

    private async Task<long> WaitUntilStoredAsync(long wanted)
    {
        var started = Stopwatch.GetTimestamp();
        long stored;
        while ((stored = await _inbox.StoredAsync()) < wanted && Stopwatch.GetElapsedTime(started) < StorageDeadline) await Task.Delay(50);
        return stored;
    }

    private async Task WaitUntilDeliveredAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (_browsers.Any(browser => browser.Reader.Lost() > 0) && Stopwatch.GetElapsedTime(started) < DeliveryDeadline) await Task.Delay(50);
    }

    private WebhookFigures WebhookFigures()
    {
        var acknowledged = _ledger.Acknowledged;
        var latencies = _ledger.AcknowledgementsIn(_window).ToArray();
        return new WebhookFigures(
            _ledger.Taken, acknowledged, _ledger.Taken - acknowledged, _sender.FirstRefusal,
            _ledger.AcknowledgedIn(_window) / _window.Seconds,
            latencies.Percentile(50), latencies.Percentile(99), _ledger.LatenessIn(_window).Percentile(99));
    }

    private DeliveryFigures DeliveryFigures(CpuUse used, long otherEvents)
    {
        var latencies = _browsers.SelectMany(browser => browser.Reader.LatenciesIn(_window)).ToArray();
        var arrivals = _browsers.SelectMany(browser => browser.Reader.Arrivals).ToArray();
        return new DeliveryFigures(
            arrivals.Count(_window.Holds) / _window.Seconds,
            otherEvents / _window.Seconds,
            Per(used.Nodes, arrivals.Count(_window.OpenedBefore)),
            latencies.Percentile(50), latencies.Percentile(99), latencies.Percentile(100),
            _browsers.Count(browser => !browser.IsConnected),
            Faults.Of([.. _browsers.Select(browser => browser.Reader)]));
    }

    private LatencyFigures LatencyFigures(Window turn)
    {
        var deliveries = _browsers.SelectMany(browser => browser.Reader.LatenciesIn(turn)).ToArray();
        var acknowledgements = _ledger.AcknowledgementsIn(turn).ToArray();
        return new LatencyFigures(
            new(deliveries.Percentile(50), deliveries.Percentile(99)), new(acknowledgements.Percentile(50), acknowledgements.Percentile(99)));
    }

    private long OtherEvents() => _browsers.Sum(browser => browser.OtherEvents);

    private static double Per(double spent, long got) => spent > 0 ? got / spent : 0;
}
