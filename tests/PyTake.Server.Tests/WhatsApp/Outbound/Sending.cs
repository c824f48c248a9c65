using System.Net;
using System.Text.Json;
using Dapper;
using PyTake.Conversations;
using PyTake.Json;

namespace PyTake.WhatsApp.Outbound;

/// <summary>A database, a fake of Meta's Graph API, and nodes that send.</summary>
public sealed class Sending : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly List<TestNode> _nodes = [];

    private Sending(TestDatabase database, FakeGraph graph, DatabaseChanges changes, (string, string)[] settings)
        => (Database, Graph, Changes, Settings) = (database, graph, changes, settings);

    public TestDatabase Database { get; }
    public FakeGraph Graph { get; }
    public DatabaseChanges Changes { get; }
    public (string Key, string Value)[] Settings { get; }

    /// <summary>The first node.</summary>
    public TestNode Node => _nodes[0];

    /// <param name="settings">Settings of <see cref="OutboundOptions"/>, without the section's name.</param>
    public static Task<Sending> StartAsync(params (string Key, string Value)[] settings) => StartAsync(workers: true, settings);

    /// <inheritdoc cref="StartAsync(ValueTuple{string, string}[])"/>
    public static async Task<Sending> StartAsync(bool workers, params (string Key, string Value)[] settings)
    {
        var database = await TestDatabase.CreateAsync();
        var sending = new Sending(database, await FakeGraph.StartAsync(), await DatabaseChanges.ListenToAsync(database), settings);
        sending.AddNode(workers);
        return sending;
    }

    /// <summary>One more node that sends (or not) from the same database.</summary>
    public TestNode AddNode(bool workers = true) => AddNode(workers, []);

    /// <summary>One more node that works, with settings of any section.</summary>
    public TestNode AddNode((string Key, string Value)[] settings) => AddNode(workers: true, settings);

    private TestNode AddNode(bool workers, (string Key, string Value)[] settings)
    {
        (string, string)[] usual =
        [
            ("Workers:Enabled", workers ? "true" : "false"), ("WhatsApp:GraphBaseUrl", Graph.Url),
            ("Outbound:SweepInterval", "00:00:00.05"), ("Outbound:RetryBase", "00:00:00.01"), ("Outbound:PairRateUnit", "00:00:00.01"),
            ("Outbound:ThroughputUnit", "00:00:00.05"), ("Outbound:MessagesPerSecond", "5000"), ("Logging:LogLevel:Default", "None"),
        ];
        var node = TestNode.Start(Database, [.. usual, .. Settings.Select(s => ($"Outbound:{s.Key}", s.Value)), .. settings]);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Stops a node as an operator does.</summary>
    public async Task StopAsync(TestNode node)
    {
        _nodes.Remove(node);
        await node.DisposeAsync();
    }

    /// <summary>A conversation in which anything may be sent.</summary>
    public async Task<TestConversation> OpenConversationAsync(TestOrganization? organization = null, string? whatsappId = null)
    {
        organization ??= await OrganizationAsync();
        return await Given.OpenConversation(organization, contact: await Given.Contact(organization, whatsappId: whatsappId));
    }

    /// <summary>An organization whose number has a token: <c>token-</c> and its phone number id.</summary>
    public async Task<TestOrganization> OrganizationAsync()
    {
        var organization = await Given.Organization(Node);
        await SaveTokenAsync(organization, $"token-{organization.Number.PhoneNumberId}");
        return organization;
    }

    /// <summary>Saves the number with another token, as an administrator does.</summary>
    public async Task SaveTokenAsync(TestOrganization organization, string token)
        => (await organization.Admin.Http.Put($"/api/v1/whatsapp/{organization.Number.Id}", new { access_token = token })).Expect(HttpStatusCode.OK);

    /// <summary>An agent's message, pending and in the outbox in one commit, as the API does it; wakes the sender.</summary>
    public async Task<Guid> SendAsync(
        TestConversation conversation, string text, TestNode? from = null, bool wake = true)
        => await SendAsync(conversation, MessageType.Text, new { text }, from, wake: wake);

    public async Task<Guid> SendAsync(
        TestConversation conversation, string type, object content, TestNode? from = null, Func<Message, Message>? change = null, bool wake = true)
    {
        from ??= Node;
        await using var transaction = await from.Get<ConversationStreams>().BeginAsync([conversation.Id], CancellationToken.None);
        var draft = new Message
        {
            Id = Guid.CreateVersion7(),
            ConversationId = conversation.Id,
            Direction = Direction.Outbound,
            SenderType = SenderType.Agent,
            MessageType = type,
            Content = new RawJson(JsonSerializer.Serialize(content)),
            Status = MessageStatus.Pending,
            CreatedAt = transaction.Now,
            OccurredAt = transaction.Now,
        };
        var message = transaction.Add(change is null ? draft : change(draft));
        if (wake) from.Get<IOutbox>().Queue(transaction, transaction[conversation.Id], message);
        else await QueueAsync(transaction, conversation, message.Id);
        await transaction.CommitAsync(CancellationToken.None);
        return message.Id;
    }

    /// <summary>Meta reports a status of a message of ours, with our id in the callback data if it is given.</summary>
    public async Task TickAsync(TestConversation conversation, string wamid, string status, Guid? messageId = null)
    {
        var tick = Meta.Status(conversation.Organization.Number, wamid, status, conversation.Contact.WhatsappId, message: messageId);
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(Node, tick));
    }

    /// <summary>Waits until a message has this status.</summary>
    public Task<SentMessage> UntilAsync(Guid messageId, string status) => UntilAsync(messageId, m => m.Status == status);

    public Task<SentMessage> UntilAsync(Guid messageId, Func<SentMessage, bool> found) => Changes.UntilAsync(() => FindAsync(messageId), found);

    public Task<SentMessage?> FindAsync(Guid messageId) => Database.SingleAsync<SentMessage>("""
        select m.status, m.whatsapp_message_id, m.error_code, m.error_message, m.sent_at, m.failed_at, m.seq,
            o.state, o.attempts, o.throttles, o.error_class, o.error
        from messages m
        left join outbox o on o.message_id = m.id
        where m.id = @messageId
        """, new { messageId });

    public Task UntilAllAsync(IEnumerable<Guid> messageIds, string status)
    {
        var ids = messageIds.ToArray();
        return Changes.UntilAsync<long>(
            async () => await Database.SingleAsync<long>("select count(*) from messages where id = any(@ids) and status = @status", new { ids, status }),
            count => count == ids.Length);
    }

    public async ValueTask DisposeAsync()
    {
        // Nodes wait for Meta's answers when they stop.
        Graph.LetGo();
        foreach (var node in _nodes) await node.DisposeAsync();
        await Graph.DisposeAsync();
        await Changes.DisposeAsync();
        await Database.DisposeAsync();
    }

    // As done by a node that dies before it can wake a sender.
    private static Task QueueAsync(StreamTransaction transaction, TestConversation conversation, Guid messageId)
        => transaction.Connection.ExecuteAsync("""
            insert into outbox (message_id, organization_id, conversation_id, whatsapp_number_id, contact_id, due_at)
            values (@messageId, @organization, @conversation, @number, @contact, @now)
            """, new
        {
            messageId,
            organization = conversation.Organization.Id,
            conversation = conversation.Id,
            number = conversation.Organization.Number.Id,
            contact = conversation.Contact.Id,
            now = transaction.Now,
        }, transaction.Transaction);
}

/// <summary>A message and its row in the outbox, if it still has one.</summary>
public sealed record SentMessage
{
    public string Status { get; init; } = "";
    public string? WhatsappMessageId { get; init; }
    public string? ErrorCode { get; init; }
    public string? ErrorMessage { get; init; }
    public DateTime? SentAt { get; init; }
    public DateTime? FailedAt { get; init; }
    public long Seq { get; init; }
    public string? State { get; init; }
    public int? Attempts { get; init; }
    public int? Throttles { get; init; }
    public string? ErrorClass { get; init; }
    public string? Error { get; init; }
}

/// <summary>Shared by tests that need no special settings; each makes its own organization.</summary>
public sealed class SendingFixture : IAsyncLifetime
{
    public Sending Sending { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sending = await Sending.StartAsync();

    public ValueTask DisposeAsync() => Sending.DisposeAsync();
}
