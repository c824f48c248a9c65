using System.Collections.Concurrent;
using System.Net.Http.Json;

namespace PyTake.Cluster;

/// <summary>All nodes are restarted, one after the other, and no user notices.</summary>
[Collection(nameof(FaultTests))]
public sealed class RestartTests
{
    private readonly Cluster _cluster = Cluster.Current;

    [Fact]
    public async Task A_rolling_restart_under_load_fails_no_request_and_silences_no_client()
    {
        var tenant = await _cluster.TenantAsync();
        var customer = Cluster.Customer();
        var conversation = await tenant.ConversationAsync(customer);
        var clients = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => FollowingClient.JoinAsync(_cluster.Front, tenant.Token, conversation)));
        var before = _cluster.Read().Nodes.Select(node => node.Pid).ToArray();
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentQueue<string>();

        Task[] load =
        [
            .. Enumerable.Range(0, 2).Select(_ => Repeat(() => WebhookAsync(tenant, customer, failures), 40, stop.Token)),
            .. Enumerable.Range(0, 4).Select(_ => Repeat(() => SendAsync(tenant, HttpMethod.Get, $"/api/v1/conversations/{conversation}/messages?limit=10", failures), 20, stop.Token)),
            // A POST that must not be repeated: each one adds a message.
            .. Enumerable.Range(0, 2).Select(_ => Repeat(() => SendAsync(tenant, HttpMethod.Post, $"/api/v1/conversations/{conversation}/notes", failures), 60, stop.Token)),
        ];
        await _cluster.RestartAsync();
        await stop.CancelAsync();
        await Task.WhenAll(load);

        Assert.Empty(failures);
        Assert.Empty(before.Intersect(_cluster.Read().Nodes.Select(node => node.Pid)));
        var messages = await tenant.MessagesAsync(conversation);
        foreach (var client in clients)
        {
            await client.HearAsync(messages.Count);
            Assert.Equal(Enumerable.Range(1, messages.Count).Select(n => (long)n), client.Seqs);
            Assert.True(client.Moves > 0, "A client was never asked to leave its node");
            Assert.True(client.Silence < TimeSpan.FromSeconds(3), $"A client heard nothing for {client.Silence.TotalSeconds:0.0} s");
            await client.DisposeAsync();
        }
    }

    private async Task WebhookAsync(Tenant tenant, string customer, ConcurrentQueue<string> failures)
    {
        if (await _cluster.WebhookAsync(_cluster.Front, tenant.Text(customer, "Oi")) is not 200 and var status) failures.Enqueue($"webhook: {status}");
    }

    private async Task SendAsync(Tenant tenant, HttpMethod method, string path, ConcurrentQueue<string> failures)
    {
        using var http = _cluster.Http(_cluster.Front, tenant.Token);
        using var request = new HttpRequestMessage(method, path) { Content = method == HttpMethod.Post ? JsonContent.Create(new { text = "nota" }) : null };
        try
        {
            using var answer = await http.SendAsync(request);
            if (!answer.IsSuccessStatusCode) failures.Enqueue($"{method}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
        catch (HttpRequestException exception)
        {
            failures.Enqueue($"{method}: {exception.Message}");
        }
    }

    private static async Task Repeat(Func<Task> action, int pauseMs, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(pauseMs));
        while (!stop.IsCancellationRequested)
        {
            await action();
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
