using System.Collections.Concurrent;

namespace PyTake.Faults.Load;

/// <summary>
/// Agents of one organization, who answer through REST: each message has an idempotency key, and the request is repeated with the same key
/// until it succeeds. Between messages they load the list.
/// </summary>
internal sealed class Agents(Rest rest, Ledger ledger, IReadOnlyList<Guid> conversations)
{
    private readonly ConcurrentDictionary<string, int> _errors = [];

    /// <summary>The errors that they got, with how often each occurred.</summary>
    public IReadOnlyDictionary<string, int> Errors => _errors;

    /// <summary>Discards the errors from before the fault.</summary>
    public void Begin() => _errors.Clear();

    /// <summary>Agents write and read at a rate per second each, until <paramref name="stop"/>; then waits until every request is answered.</summary>
    public Task WorkAsync(int agents, double rate, CancellationToken stop, CancellationToken giveUp) =>
        Task.WhenAll(Enumerable.Range(0, agents).Select(async _ =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / rate));
            while (await TicksAsync(timer, stop))
            {
                await SendAsync(giveUp);
                await TryAsync(() => rest.GetAsync("/api/v1/conversations?limit=20", giveUp), giveUp);
            }
        }));

    private static async Task<bool> TicksAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SendAsync(CancellationToken giveUp)
    {
        var key = $"{Guid.NewGuid():N}";
        var message = new AgentMessage(key, conversations[Random.Shared.Next(conversations.Count)], $"out:{key}");
        ledger.Add(message);
        var answer = await TryAsync(() => rest.PostAsync(
            $"/api/v1/conversations/{message.Conversation}/messages", new { message_type = "text", content = new { text = message.Text } }, key, giveUp), giveUp);
        message.Answered(answer.Body.GetProperty("id").GetGuid());
    }

    // An agent presses the button again until it works; an error that repeating cannot cure is a bug, here or in the server.
    private async Task<RestAnswer> TryAsync(Func<Task<RestAnswer>> ask, CancellationToken giveUp)
    {
        for (var failures = 0; ; failures++)
            try
            {
                return await ask();
            }
            catch (RestException exception) when (exception.IsPassing || exception.Status is 401 or 409)
            {
                // 409: Meta has refused with 131047 (the 24-hour window has closed), which holds until the customer writes again: not an error of ours.
                if (exception.Status != 409) _errors.AddOrUpdate(exception.Status == 0 ? "no answer" : $"{exception.Status}", 1, (_, count) => count + 1);
                await Task.Delay(Backoff.After(Math.Min(failures, 2)), giveUp);
            }
    }
}
