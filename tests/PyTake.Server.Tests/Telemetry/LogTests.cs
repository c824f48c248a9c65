using System.Net;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace PyTake.Telemetry;

/// <summary>The log of a node in its shipped configuration, after a day in which a lot went wrong as well.</summary>
public sealed class LogTests
{
    [Fact]
    public async Task Says_what_happened_and_nothing_of_what_was_said()
    {
        await using var traffic = await Traffic.StartAsync();
        await traffic.RunAsync();
        var traceId = await BreakAsync(traffic);
        await traffic.Node.StopAsync();
        var output = traffic.Node.Output;

        var entries = output.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        foreach (var secret in traffic.Secrets)
            Assert.DoesNotContain(output, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase) || line.Contains(Uri.EscapeDataString(secret), StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(output, line => line.Contains("access_token", StringComparison.Ordinal));
        // The log is not empty, so the secrets are really kept out of it.
        var unhandled = entries.Single(e => e.GetProperty("Category").GetString() == "Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware");
        Assert.Equal(traceId, Scope(unhandled, "TraceId"));
        Assert.Equal(16, Scope(unhandled, "SpanId")!.Length);
        Assert.EndsWith("Z", unhandled.GetProperty("Timestamp").GetString());
        foreach (var id in (int[])[3012, 6214, 6215, 2060]) Assert.Contains(entries, e => e.GetProperty("EventId").GetInt32() == id);
    }

    [Fact]
    public void An_events_number_says_which_event_it_is()
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var events = typeof(Program).Assembly.GetTypes().SelectMany(t => t.GetMethods(Any | BindingFlags.DeclaredOnly))
            .Select(m => m.GetCustomAttribute<LoggerMessageAttribute>()?.EventId).OfType<int>().ToArray();

        Assert.True(events.Length > 30);
        Assert.Equal([], events.GroupBy(id => id).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    [Fact]
    public async Task Is_plain_lines_if_the_setting_says_so()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = await NodeProcess.StartAsync(database, ("Logging:Console:FormatterName", "simple"));

        Assert.DoesNotContain(node.Output, line => line.StartsWith('{'));
    }

    // A missing table: a login fails with a password in its request, and a webhook with a text and a number in its item.
    private static async Task<string> BreakAsync(Traffic traffic)
    {
        await traffic.Database.ExecuteAsync("alter table sessions rename to sessions_gone; alter table contact_identities rename to contact_identities_gone");
        using var http = traffic.Node.Client();
        var failed = (await http.Post("/api/v1/auth/login", new { email = traffic.Email, password = traffic.Password })).ExpectError(HttpStatusCode.InternalServerError);
        var (to, text) = (traffic.Conversation.Contact.WhatsappId, Traffic.Secret("poison"));
        Assert.Equal(HttpStatusCode.OK, await traffic.WebhookAsync(WhatsApp.Meta.Text(traffic.Organization.Number, to, text)));
        await Wait.Until(async () => await traffic.Database.SingleAsync<bool>("select exists (select from webhook_items_set_aside where state = 'retry')"));
        Assert.DoesNotContain(traffic.Node.Output, line => line.Contains(text, StringComparison.Ordinal));
        return failed.Body.GetProperty("error").GetProperty("trace_id").GetString()!;
    }

    private static string? Scope(JsonElement entry, string name) => entry.GetProperty("Scopes").EnumerateArray()
        .Select(s => s.TryGetProperty(name, out var value) ? value.GetString() : null).OfType<string>().FirstOrDefault();
}
