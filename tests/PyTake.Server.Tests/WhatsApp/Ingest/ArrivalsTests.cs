using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Ingest;

/// <summary>Who makes durable what has arrived: the worker, or the writer.</summary>
public sealed class ArrivalsTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(50);
    private readonly FakeTimeProvider _clock = new();
    private readonly Arrivals _arrivals;
    private int _wakes;

    public ArrivalsTests() => _arrivals = new(Options.Create(new WebhookOptions { DirectMs = (int)Bound.TotalMilliseconds }), _clock);

    public void Dispose() => _arrivals.Dispose();

    [Fact]
    public async Task The_worker_claims_what_has_arrived_and_the_senders_are_answered_when_it_is_durable()
    {
        using var worker = Attach();
        Task[] answers = [Arrive("a"), Arrive("b")];

        var claim = _arrivals.TryClaim(10, long.MaxValue)!;
        Assert.Equal(["a", "b"], Kinds(claim));
        Assert.All(answers, answer => Assert.False(answer.IsCompleted));
        Assert.True(claim.TryBeginCommit());
        claim.Acknowledge();

        await Task.WhenAll(answers);
        Assert.Null(_arrivals.TryClaim(10, long.MaxValue));
    }

    [Fact]
    public void There_is_one_claim_at_a_time_and_its_end_wakes_the_worker_for_what_came_meanwhile()
    {
        using var worker = Attach();
        _ = Arrive("a");
        var first = _arrivals.TryClaim(10, long.MaxValue)!;
        _ = Arrive("b");
        Assert.Null(_arrivals.TryClaim(10, long.MaxValue));
        Assert.Equal(1, _wakes);

        Assert.True(first.TryBeginCommit());
        first.Acknowledge();

        Assert.Equal(2, _wakes);
        Assert.Equal(["b"], Kinds(_arrivals.TryClaim(10, long.MaxValue)!));
    }

    [Fact]
    public void A_claim_ends_before_the_delivery_that_would_exceed_its_limit()
    {
        using var worker = Attach();
        _ = Arrive("a", "b");
        _ = Arrive("c", "d");

        Assert.Equal(["a", "b"], Kinds(_arrivals.TryClaim(2, long.MaxValue)!));
    }

    [Fact]
    public async Task What_the_worker_keeps_for_too_long_is_taken_over_together_with_what_came_after_it()
    {
        using var worker = Attach();
        _ = Arrive("a");
        var slow = _arrivals.TryClaim(10, long.MaxValue)!;
        _ = Arrive("b");
        var overdue = Overdue();
        Assert.False(overdue.IsCompleted);

        _clock.Advance(Bound);
        Assert.Equal(["a", "b"], Kinds(await overdue));
        Assert.False(slow.TryBeginCommit());
        slow.Release();
        Assert.Null(_arrivals.TryClaim(10, long.MaxValue));
    }

    [Fact]
    public async Task A_claim_that_is_being_committed_is_not_taken_over()
    {
        using var worker = Attach();
        var answer = Arrive("a");
        var slow = _arrivals.TryClaim(10, long.MaxValue)!;
        Assert.True(slow.TryBeginCommit());
        _ = Arrive("b");
        var overdue = Overdue();

        _clock.Advance(Bound);
        Assert.False(overdue.IsCompleted);
        slow.Acknowledge();
        await answer;
        Assert.Equal(["b"], Kinds(_arrivals.TryClaim(10, long.MaxValue)!));
    }

    [Fact]
    public async Task What_the_worker_gives_back_is_stored_before_it_may_claim_again()
    {
        using var worker = Attach();
        _ = Arrive("a");
        _arrivals.TryClaim(10, long.MaxValue)!.Release();
        _ = Arrive("b");
        Assert.Null(_arrivals.TryClaim(10, long.MaxValue));

        var stored = await Overdue();
        Assert.Equal(["a", "b"], Kinds(stored));
        stored.Acknowledge();
        _ = Arrive("c");
        Assert.Equal(["c"], Kinds(_arrivals.TryClaim(10, long.MaxValue)!));
    }

    [Fact]
    public async Task What_no_worker_comes_for_is_stored_at_once()
    {
        var overdue = Overdue();
        _ = Arrive("a");
        Assert.Equal(["a"], Kinds(await overdue));
    }

    [Fact]
    public async Task What_a_busy_worker_does_not_come_for_is_stored_in_time()
    {
        using var worker = Attach();
        _ = Arrive("a");
        var overdue = Overdue();
        Assert.False(overdue.IsCompleted);

        _clock.Advance(Bound);
        Assert.Equal(["a"], Kinds(await overdue));
    }

    [Fact]
    public async Task What_is_too_large_to_be_applied_while_its_sender_waits_is_stored_with_what_is_before_it()
    {
        using var worker = Attach();
        _ = Arrive("a");
        _ = _arrivals.AddAsync([Item("large") with { Payload = new byte[100_000] }], TestContext.Current.CancellationToken);

        Assert.Null(_arrivals.TryClaim(10, long.MaxValue));
        Assert.Equal(["a", "large"], Kinds(await Overdue()));
    }

    [Fact]
    public async Task What_another_node_was_in_the_way_of_is_in_the_next_claim_after_a_moment_and_its_sender_waits()
    {
        using var worker = Attach();
        var free = Arrive("0");
        var mixed = Arrive("1", "2");
        var claim = _arrivals.TryClaim(10, long.MaxValue)!;
        Assert.True(claim.TryBeginCommit());
        _wakes = 0;
        claim.Acknowledge(2);

        await free;
        Assert.False(mixed.IsCompleted);
        Assert.Equal(0, _wakes);
        _clock.Advance(TimeSpan.FromMilliseconds(3));
        Assert.Equal(1, _wakes);
        var next = _arrivals.TryClaim(10, long.MaxValue)!;
        Assert.Equal(["2"], Kinds(next));
        next.Acknowledge();
        await mixed;
    }

    [Fact]
    public async Task What_is_left_again_and_again_is_stored_in_time()
    {
        using var worker = Attach();
        _ = Arrive("1");
        var overdue = Overdue();
        for (var elapsed = TimeSpan.Zero; elapsed < 2 * Bound; elapsed += TimeSpan.FromMilliseconds(5))
        {
            _arrivals.TryClaim(10, long.MaxValue)?.Acknowledge(1);
            _clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        Assert.Equal(["1"], Kinds(await overdue));
    }

    [Fact]
    public async Task In_a_crowd_all_is_stored_until_it_is_over()
    {
        using var worker = Attach();
        _arrivals.IsCrowded = true;
        _ = Arrive("a");
        Assert.Null(_arrivals.TryClaim(10, long.MaxValue));
        (await Overdue()).Acknowledge();

        _ = Arrive("b");
        _arrivals.IsCrowded = false;
        Assert.Equal(1, _wakes);
        Assert.Equal(["b"], Kinds(_arrivals.TryClaim(10, long.MaxValue)!));
    }

    [Fact]
    public async Task A_refused_delivery_fails_alone()
    {
        Task[] answers = [Arrive("a"), Arrive("b")];
        var claim = await Overdue();
        claim.Deliveries[0].Refuse(new TimeoutException());
        claim.Acknowledge();

        await Assert.ThrowsAsync<TimeoutException>(() => answers[0]);
        await answers[1];
    }

    [Fact]
    public async Task A_node_that_stops_stores_what_is_here_and_refuses_the_rest()
    {
        var worker = Attach();
        var answer = Arrive("a");
        _arrivals.Close();
        worker.Dispose();

        (await Overdue()).Acknowledge();
        await answer;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Arrive("b"));
        Assert.Null(await _arrivals.ClaimOverdueAsync(10, long.MaxValue, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_node_that_stops_waits_for_the_worker_that_is_committing()
    {
        using var worker = Attach();
        _ = Arrive("a");
        var claim = _arrivals.TryClaim(10, long.MaxValue)!;
        Assert.True(claim.TryBeginCommit());
        _arrivals.Close();
        var rest = _arrivals.ClaimOverdueAsync(10, long.MaxValue, TestContext.Current.CancellationToken);
        Assert.False(rest.IsCompleted);

        claim.Acknowledge();
        Assert.Null(await rest);
    }

    private IDisposable Attach() => _arrivals.Attach(() => _wakes++);

    private Task Arrive(params string[] kinds) => _arrivals.AddAsync([.. kinds.Select(Item)], TestContext.Current.CancellationToken);

    private async Task<Arrivals.Claim> Overdue()
        => (await _arrivals.ClaimOverdueAsync(10, long.MaxValue, TestContext.Current.CancellationToken))!;

    // Its partition is its kind, where that is a number.
    private static WebhookItem Item(string kind) => new(null, short.TryParse(kind, out var partition) ? partition : (short)0, DateTime.UtcNow, 0, kind, null, null, [1], null);

    private static IEnumerable<string> Kinds(Arrivals.Claim claim) => claim.Items.Select(item => item.Kind);
}
