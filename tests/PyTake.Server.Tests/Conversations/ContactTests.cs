using System.Net;
using PyTake.Database;

namespace PyTake.Conversations;

public sealed class ContactTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Path = "/api/v1/contacts/";

    [Fact]
    public async Task Contacts_are_listed_newest_first_page_by_page()
    {
        var organization = await Given.Organization(fixture.Node);
        var contacts = new List<TestContact>();
        for (var i = 0; i < 5; i++) contacts.Add(await Given.Contact(organization, $"Contact {i}"));
        await Given.Contact(await Given.Organization(fixture.Node));

        var first = (await organization.Viewer.Http.Get($"{Path}?limit=3")).Expect(HttpStatusCode.OK);
        var second = (await organization.Viewer.Http.Get($"{Path}?limit=3&before={first.Header("X-Next-Cursor")}")).Expect(HttpStatusCode.OK);

        Assert.Equal("5", first.Header("X-Total-Count"));
        Assert.Equal(contacts.Select(c => c.Id).Reverse(), first.As<Contact[]>().Concat(second.As<Contact[]>()).Select(c => c.Id));
        Assert.False(second.Headers.ContainsKey("x-next-cursor"));
        Assert.Equal(contacts[1].Id, (await organization.Viewer.Http.Get($"{Path}?skip=3&limit=1")).As<Contact[]>().Single().Id);
        (await organization.Viewer.Http.Get($"{Path}?limit=101")).ExpectInvalid("limit");
        (await organization.Viewer.Http.Get($"{Path}?before=x")).ExpectError(HttpStatusCode.UnprocessableEntity);
    }

    [Theory]
    [InlineData("prado", 1)]
    [InlineData("100%", 1)]
    [InlineData("%", 1)]
    [InlineData("+55 (11) 98888-0001", 1)]
    [InlineData("Nobody", 0)]
    public async Task Contacts_are_found_by_name_and_by_number_however_it_is_written(string typed, int found)
    {
        var organization = await Given.Organization(fixture.Node);
        await Given.Contact(organization, "Ana Prado", "5511988880001");
        await Given.Contact(organization, "100% Bento", "5511977770002");

        var answer = (await organization.Agent.Http.Get($"{Path}?q={Uri.EscapeDataString(typed)}")).Expect(HttpStatusCode.OK);

        Assert.Equal(found, answer.Body.GetArrayLength());
        Assert.Equal(found.ToString(), answer.Header("X-Total-Count"));
    }

    [Fact]
    public async Task All_conversations_of_a_contact_are_listed_newest_first_page_by_page()
    {
        var organization = await Given.Organization(fixture.Node);
        var old = await Given.Conversation(organization, status: "closed");
        await Given.InboundMessage(old, "Bom dia", new DateTime(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc));
        var current = await Given.OpenConversation(organization, contact: old.Contact);
        await Given.OpenConversation(organization);
        var path = $"{Path}{old.Contact.Id}/conversations";

        var first = (await organization.Viewer.Http.Get($"{path}?limit=1")).Expect(HttpStatusCode.OK);
        var second = (await organization.Viewer.Http.Get($"{path}?limit=1&before={first.Header("X-Next-Cursor")}")).Expect(HttpStatusCode.OK);

        Assert.Equal([current.Id, old.Id], first.As<Conversation[]>().Concat(second.As<Conversation[]>()).Select(c => c.Id));
        Assert.Equal("2", first.Header("X-Total-Count"));
        (await organization.Viewer.Http.Get($"{path}?limit=0")).ExpectInvalid("limit");
        (await (await Given.Organization(fixture.Node)).Agent.Http.Get(path)).ExpectError(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_page_continues_only_after_an_existing_contact()
    {
        var (ours, theirs) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        await Given.Contact(ours);
        foreach (var before in new[] { Guid.NewGuid(), (await Given.Contact(theirs)).Id })
            (await ours.Agent.Http.Get($"{Path}?before={before}")).ExpectInvalid("before");
    }

    [Fact]
    public async Task A_change_of_a_contact_moves_its_conversations_in_the_list()
    {
        var organization = await Given.Organization(fixture.Node);
        var open = await Given.Conversation(organization);
        var closed = await Given.Conversation(organization, open.Contact, ConversationStatus.Closed);
        var other = await Given.Conversation(organization);
        var before = await InboxSeqs(organization.Id);

        var contact = (await organization.Agent.Http.Put(Path + open.Contact.Id, new { name = " Ana ", tags = new[] { "vip", "vip " }, attributes = new { city = "Rio" } }))
            .Expect(HttpStatusCode.OK).As<Contact>();

        Assert.Equal("Ana", contact.Name);
        Assert.Equal(["vip"], contact.Tags);
        Assert.Equal("""{"city": "Rio"}""", contact.Attributes.Text);
        var after = await InboxSeqs(organization.Id);
        Assert.True(after[open.Id] > before.Values.Max() && after[closed.Id] > before.Values.Max());
        Assert.Equal(before[other.Id], after[other.Id]);
        var kept = (await organization.Agent.Http.Put(Path + contact.Id, new { name = "Ana P." })).As<Contact>();
        Assert.Equal(["vip"], kept.Tags);
    }

    [Fact]
    public async Task A_change_of_a_contact_and_a_message_from_them_never_deadlock()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.Conversation(organization);
        var cancellationToken = TestContext.Current.CancellationToken;
        // Locks as an incoming message does: first the conversation, then the contact, whose name it changes.
        await using var incoming = await fixture.Node.Get<ConversationStreams>().BeginAsync([conversation.Id], cancellationToken);
        var changing = organization.Agent.Http.Put(Path + conversation.Contact.Id, new { tags = new[] { "vip" } });
        var deadline = Task.Delay(TimeSpan.FromSeconds(30), cancellationToken);
        while (!changing.IsCompleted && !deadline.IsCompleted && await fixture.Database.SingleAsync<long>("""
            select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%for no key update%'
            """) == 0) { }

        await ContactStore.RenameAsync(incoming, new Dictionary<Guid, Profile> { [conversation.Contact.Id] = new("Ana P.", null) }, cancellationToken);
        await incoming.CommitAsync(cancellationToken);

        var contact = (await changing).Expect(HttpStatusCode.OK).As<Contact>();
        Assert.Equal(["vip"], contact.Tags);
    }

    [Theory]
    [InlineData("""{"name": ""}""", "name")]
    [InlineData("""{"tags": [""]}""", "tags")]
    [InlineData("""{"tags": [null]}""", "tags")]
    [InlineData("""{"attributes": [1]}""", "attributes")]
    [InlineData("""{"attributes": {"a": "\u0000"}}""", "attributes")]
    [InlineData("""{"attributes": {"a": "\ud800"}}""", "attributes")]
    [InlineData("""{"attributes": {"\u0000": 1}}""", "attributes")]
    [InlineData("""{"attributes": {"a": [1e999999]}}""", "attributes")]
    [InlineData("""{"attributes": {"a": {"b": 1e308}}}""", "attributes")]
    [InlineData("""{"attributes": {"a": 1e-300}}""", "attributes")]
    [InlineData("""{"attributes": {"a": 1234567890123456789012345678901234567890123456789012345678901234567890}}""", "attributes")]
    public async Task What_cannot_be_stored_is_named(string body, string field)
    {
        var organization = await Given.Organization(fixture.Node);
        var contact = await Given.Contact(organization);

        (await organization.Agent.Http.Send(HttpMethod.Put, Path + contact.Id, body)).ExpectInvalid(field);
    }

    [Fact]
    public async Task Contacts_of_another_organization_do_not_exist_and_viewers_change_none()
    {
        var (ours, theirs) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var contact = await Given.Contact(theirs);

        (await ours.Admin.Http.Get(Path + contact.Id)).ExpectError(HttpStatusCode.NotFound);
        (await ours.Admin.Http.Put(Path + contact.Id, new { name = "X" })).ExpectError(HttpStatusCode.NotFound);
        (await theirs.Viewer.Http.Put(Path + contact.Id, new { name = "X" })).ExpectError(HttpStatusCode.Forbidden);
        (await theirs.Viewer.Http.Get(Path + contact.Id)).Expect(HttpStatusCode.OK);
    }

    private async Task<Dictionary<Guid, long>> InboxSeqs(Guid organizationId)
        => (await fixture.Database.QueryAsync<(Guid Id, long Seq)>(
            "select id, inbox_seq from conversations where organization_id = @organizationId", new { organizationId })).ToDictionary(r => r.Id, r => r.Seq);
}
