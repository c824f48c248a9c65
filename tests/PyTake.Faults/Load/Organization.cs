using System.Net.Http.Json;
using System.Text.Json;
using PyTake.Faults.Consumers;

namespace PyTake.Faults.Load;

/// <summary>How large and how busy an organization is.</summary>
/// <param name="Rate">Customers' messages per second.</param>
/// <param name="AgentRate">Messages per second of each agent.</param>
internal sealed record Size(int Customers, int Consumers, int RoomsEach, double Rate, int Agents, double AgentRate);

/// <summary>An organization created for one trial: its customers, its agents, and its consumers.</summary>
internal sealed class Organization : IAsyncDisposable
{
    private static readonly TimeSpan OpeningDeadline = TimeSpan.FromSeconds(60);
    private readonly Session _session;
    private readonly string _graphToken;
    private ConsumerHost? _host;

    private Organization(Guid id, Guid numberId, string phoneNumberId, Size size, HttpClient http, Session session, string graphToken, Webhook webhook, string[] customers)
    {
        (Id, NumberId, PhoneNumberId, Size, _session, _graphToken) = (id, numberId, phoneNumberId, size, session, graphToken);
        Rest = new Rest(http, session);
        Meta = new Meta(webhook, http, phoneNumberId, Ledger);
        Customers = new Customers(customers, Meta);
    }

    public Guid Id { get; }
    public string PhoneNumberId { get; }
    public Size Size { get; }
    public Ledger Ledger { get; } = new();
    public Rest Rest { get; }
    public string Token => _session.Token;
    public Meta Meta { get; }
    public Customers Customers { get; }
    public Agents Agents { get; private set; } = null!;
    public IReadOnlyList<Guid> Conversations { get; private set; } = [];
    public IReadOnlyList<Consumer> Consumers => _host?.Consumers ?? [];
    private Guid NumberId { get; }

    /// <summary>Registers it, with its own number, whose messages the simulator accepts.</summary>
    /// <exception cref="HttpRequestException">The server refused; the text is its answer.</exception>
    public static async Task<Organization> OpenAsync(ClusterFile cluster, HttpClient http, string graphToken, Size size)
    {
        var unique = $"{Guid.NewGuid():N}";
        var (email, password) = ($"faults-{unique}@example.com", "Faults123");
        var agent = await Agent.RegisterAsync(http, email, password, $"Faults {unique}");
        var session = await Session.LogInAsync(http, email, password);
        var phoneNumberId = $"77{Random.Shared.NextInt64(1_000_000_000_000):D13}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/whatsapp/")
        {
            Headers = { Authorization = new("Bearer", agent.AccessToken) },
            Content = JsonContent.Create(new
            {
                phone_number_id = phoneNumberId, phone_number = $"+5511{Random.Shared.Next(10_000_000, 99_999_999)}", display_name = "Faults", access_token = graphToken,
            }),
        };
        using var made = await http.SendAsync(request);
        var number = await made.Content.ReadFromJsonAsync<JsonElement>();
        if (!made.IsSuccessStatusCode) throw new HttpRequestException($"the number was refused: {number}", null, made.StatusCode);
        var series = Random.Shared.Next(100_000, 1_000_000);
        return new Organization(
            agent.OrganizationId, number.GetProperty("id").GetGuid(), phoneNumberId, size, http, session, graphToken, new Webhook(cluster.BaseUrl, cluster.Whatsapp),
            [.. Enumerable.Range(0, size.Customers).Select(n => $"55219{series}{n:D4}")]);
    }

    /// <summary>Every customer writes once, and every consumer opens its conversations.</summary>
    /// <exception cref="TimeoutException">That took more than a minute.</exception>
    /// <exception cref="IOException">The server refused a consumer.</exception>
    public async Task FillAsync(Uri baseUrl, CancellationToken cancellationToken)
    {
        await Customers.IntroduceAsync(cancellationToken);
        await Wait.Until(async () =>
        {
            var list = await Rest.GetAsync("/api/v1/conversations?limit=100", cancellationToken);
            Conversations = [.. list.Body.EnumerateArray().Select(c => c.GetProperty("id").GetGuid())];
            return Conversations.Count == Size.Customers;
        }, OpeningDeadline, "not every customer's first message opened a conversation");
        Agents = new Agents(Rest, Ledger, Conversations);
        _host = await ConsumerHost.OpenAsync(
            baseUrl, Id, _session.Email, _session.Password, Enumerable.Range(0, Size.Consumers).Select(RoomsOf), OpeningDeadline, cancellationToken);
    }

    /// <summary>Waits until the consumers show everything that their clients have emitted so far.</summary>
    /// <exception cref="IOException">Their process has ended.</exception>
    public Task SyncAsync(CancellationToken cancellationToken) => _host!.SyncAsync(cancellationToken);

    /// <summary>Saves the number's access token again, as an operator would, so that a number stopped by Meta's refusal resumes sending.</summary>
    public Task SaveNumberAsync(CancellationToken cancellationToken) =>
        Rest.PutAsync($"/api/v1/whatsapp/{NumberId}", new { access_token = _graphToken }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
        _session.Dispose();
    }

    private IEnumerable<Guid> RoomsOf(int consumer) =>
        Enumerable.Range(0, Math.Min(Size.RoomsEach, Conversations.Count)).Select(n => Conversations[(consumer + n * 7) % Conversations.Count]).Distinct();
}
