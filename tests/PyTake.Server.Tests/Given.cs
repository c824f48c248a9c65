using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Json;

namespace PyTake;

/// <summary>Arranges what tests start from. Each test has its own organization, so that all can run in parallel.</summary>
public static class Given
{
    private static int _count;

    /// <summary>An organization with an administrator, two agents, a viewer and one WhatsApp number.</summary>
    public static async Task<TestOrganization> Organization(TestNode node)
    {
        var id = Guid.CreateVersion7();
        await node.Database.ExecuteAsync("""
            insert into organizations (id, name) values (@id, 'Test');
            insert into inbox_counters (organization_id) values (@id);
            """, new { id });
        return new TestOrganization(
            node, id,
            Admin: await User(node, id, Role.OrgAdmin), Agent: await User(node, id, Role.Agent),
            OtherAgent: await User(node, id, Role.Agent), Viewer: await User(node, id, Role.Viewer),
            Number: await Number(node, id));
    }

    /// <summary>
    /// A user with a session and its access token. They have no known password; see the tests of the login. Administrators have a second factor, because
    /// those of the operating organization need one.
    /// </summary>
    public static async Task<TestUser> User(TestNode node, Guid organizationId, string role, bool isActive = true)
    {
        var (id, session) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var email = $"{role}-{id:N}@example.com";
        await node.Database.ExecuteAsync("""
            insert into users (id, organization_id, email, password_hash, full_name, role, is_active)
            values (@id, @organizationId, @email, '', @name, @role, @isActive);
            insert into sessions (id, user_id, expires_at) values (@session, @id, now() + interval '1 day');
            insert into passkeys (id, user_id, credential_id, public_key, sign_count, name)
            select @id, @id, uuid_send(@id), '', 0, 'of the tests' where @role = 'org_admin';
            """, new { id, organizationId, email, name = $"{role} {Next()}", role, isActive, session });
        var token = Token(id, organizationId, role, session);
        return new TestUser(id, organizationId, email, role, session, token, node.Client(token));
    }

    /// <summary>An access token like those that the login issues.</summary>
    /// <param name="lifetime">From now; negative for an expired token.</param>
    public static string Token(Guid userId, Guid organizationId, string role, Guid sessionId, TimeSpan? lifetime = null, string signingKey = TestNode.SigningKey)
    {
        var expires = DateTime.UtcNow + (lifetime ?? TimeSpan.FromMinutes(15));
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Subject = new ClaimsIdentity(
            [
                new("sub", userId.ToString()), new("type", "access"), new("organization_id", organizationId.ToString()),
                new("role", role), new("sid", sessionId.ToString()), new("jti", Guid.NewGuid().ToString()),
            ]),
            Issuer = "pytake",
            Audience = "pytake",
            IssuedAt = expires.AddMinutes(-15),
            Expires = expires,
            SigningCredentials = new(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(signingKey)), SecurityAlgorithms.HmacSha256),
        });
    }

    /// <summary>A WhatsApp number of an organization, with a Graph token that cannot be decrypted; a test that sends must set another.</summary>
    public static async Task<TestNumber> Number(TestNode node, Guid organizationId)
    {
        var number = new TestNumber(Guid.CreateVersion7(), $"77{Next():D13}", $"5511{Next():D8}");
        await node.Database.ExecuteAsync("""
            insert into whatsapp_numbers (id, organization_id, phone_number_id, phone_number, display_name, access_token)
            values (@Id, @organizationId, @PhoneNumberId, @PhoneNumber, 'Test', '\x00')
            """, new { number.Id, organizationId, number.PhoneNumberId, number.PhoneNumber });
        return number;
    }

    /// <summary>A customer with a unique number.</summary>
    public static async Task<TestContact> Contact(TestOrganization organization, string? name = "Ana Prado", string? whatsappId = null)
    {
        var contact = new TestContact(Guid.CreateVersion7(), whatsappId ?? $"5521{Random.Shared.NextInt64(10_000_000, 99_999_999)}{Next() % 10_000:D4}", name);
        await organization.Node.Database.ExecuteAsync("""
            insert into contacts (id, organization_id, name, whatsapp_id, phone_number)
            values (@Id, @organization, @Name, @WhatsappId, '+' || @WhatsappId);
            insert into contact_identities (organization_id, kind, value, contact_id) values (@organization, 'phone', @key, @Id);
            """, new { contact.Id, contact.Name, contact.WhatsappId, organization = organization.Id, key = WhatsApp.PhoneNumbers.Normalize(contact.WhatsappId) });
        return contact;
    }

    /// <summary>An open conversation with a customer who has written nothing yet, so that the window is closed.</summary>
    public static async Task<TestConversation> Conversation(TestOrganization organization, TestContact? contact = null, string status = "open")
    {
        contact ??= await Contact(organization);
        var id = Guid.CreateVersion7();
        await organization.Node.Database.ExecuteAsync("""
            with counter as (update inbox_counters set inbox_seq = inbox_seq + 1 where organization_id = @organization returning inbox_seq)
            insert into conversations (id, organization_id, contact_id, whatsapp_number_id, status, inbox_seq)
            select @id, @organization, @contact, @number, @status, inbox_seq from counter
            """, new { id, organization = organization.Id, contact = contact.Id, number = organization.Number.Id, status });
        return new TestConversation(organization, id, contact);
    }

    /// <summary>An open conversation whose customer has just written, so that anything may be sent.</summary>
    public static async Task<TestConversation> OpenConversation(TestOrganization organization, string text = "Bom dia", TestContact? contact = null)
    {
        var conversation = await Conversation(organization, contact);
        await InboundMessage(conversation, text);
        return conversation;
    }

    /// <summary>A message from the customer, stored as the webhook's worker stores it, with this time or now.</summary>
    public static Task<Message> InboundMessage(TestConversation conversation, string text, DateTime? at = null) => Message(conversation, new()
    {
        Id = Guid.CreateVersion7(),
        ConversationId = conversation.Id,
        Direction = Direction.Inbound,
        SenderType = SenderType.Contact,
        MessageType = MessageType.Text,
        Content = new RawJson(JsonSerializer.Serialize(new { text })),
        Status = MessageStatus.Received,
        WhatsappMessageId = $"wamid.{Guid.NewGuid():N}",
        CreatedAt = TimeProvider.System.UtcNow(),
        OccurredAt = at ?? TimeProvider.System.UtcNow(),
    });

    /// <summary>Stores a message as given, except for its seq and inbound number.</summary>
    public static async Task<Message> Message(TestConversation conversation, Message draft)
    {
        await using var transaction = await conversation.Organization.Node.Get<ConversationStreams>()
            .BeginAsync([conversation.Id], CancellationToken.None);
        var message = transaction.Add(draft);
        await transaction.CommitAsync(CancellationToken.None);
        return message;
    }

    /// <summary>Changes a message as a webhook's worker or the sender does.</summary>
    public static async Task<Message> Changed(TestConversation conversation, Guid messageId, ChangeKind kind, Func<Message, Message> change)
    {
        await using var transaction = await conversation.Organization.Node.Get<ConversationStreams>()
            .BeginAsync([conversation.Id], CancellationToken.None);
        var message = (await transaction.LoadAsync([messageId], CancellationToken.None)).Single();
        var changed = transaction.Change(kind, change(message));
        await transaction.CommitAsync(CancellationToken.None);
        return changed;
    }

    private static int Next() => Interlocked.Increment(ref _count);
}

/// <summary>A tenant of a test's own.</summary>
public sealed record TestOrganization(
    TestNode Node, Guid Id, TestUser Admin, TestUser Agent, TestUser OtherAgent, TestUser Viewer, TestNumber Number);

/// <summary>A user, their access token, and a client that sends it.</summary>
public sealed record TestUser(Guid Id, Guid OrganizationId, string Email, string Role, Guid SessionId, string Token, HttpClient Http);

/// <summary>One of an organization's WhatsApp numbers.</summary>
public sealed record TestNumber(Guid Id, string PhoneNumberId, string PhoneNumber);

/// <summary>A customer.</summary>
public sealed record TestContact(Guid Id, string WhatsappId, string? Name);

/// <summary>A conversation; <see cref="Path"/> is its route.</summary>
public sealed record TestConversation(TestOrganization Organization, Guid Id, TestContact Contact)
{
    public string Path => $"/api/v1/conversations/{Id}";
}
