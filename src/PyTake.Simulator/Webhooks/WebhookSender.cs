using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace PyTake.Simulator.Webhooks;

/// <summary>
/// Posts to the webhook, signed, and retries: a request that is not answered 200 is posted again at once, then at
/// growing intervals for seven days. Meta's own intervals grow far longer; 15 seconds is the most a test wants to wait.
/// </summary>
internal sealed partial class WebhookSender(
    IOptions<SimulatorOptions> options,
    HttpClient http,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<WebhookSender> logger)
{
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(7);

    private readonly Uri _url = new(options.Value.WebhookUrl);
    private readonly byte[] _secret = Encoding.UTF8.GetBytes(options.Value.AppSecret);

    /// <summary>
    /// Posts once and returns the HTTP status, null if there was no answer; if it is not 200, further attempts follow in
    /// the background.
    /// </summary>
    public async Task<int?> SendAsync(byte[] body)
    {
        var status = await PostAsync(body);
        if (status != 200)
            _ = RetryAsync(body);
        return status;
    }

    /// <summary>Posts until the answer is 200 or seven days have passed.</summary>
    public async Task DeliverAsync(byte[] body)
    {
        if (await PostAsync(body) != 200)
            await RetryAsync(body);
    }

    private async Task RetryAsync(byte[] body)
    {
        var interval = FirstInterval;
        var end = time.GetUtcNow() + GiveUpAfter;
        while (await PostAsync(body) is var status and not 200)
        {
            if (time.GetUtcNow() + interval > end)
            {
                LogGivenUp(status);
                return;
            }
            LogRetry(status, interval.TotalSeconds);
            await Task.Delay(interval, time, lifetime.ApplicationStopping);
            interval = TimeSpan.FromTicks(Math.Min(2 * interval.Ticks, LongestInterval.Ticks));
        }
    }

    private async Task<int?> PostAsync(byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(_secret, body));
        request.Headers.Add("X-Hub-Signature-256", "sha256=" + signature);
        try
        {
            using var response = await http.SendAsync(request, lifetime.ApplicationStopping);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (TaskCanceledException) when (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return null; // No answer in time.
        }
    }

    [LoggerMessage(9001, LogLevel.Warning, "The webhook answered {Status}, next attempt in {Seconds} s")]
    private partial void LogRetry(int? status, double seconds);

    [LoggerMessage(9002, LogLevel.Error, "The webhook answered {Status} for seven days, update dropped")]
    private partial void LogGivenUp(int? status);
}
