using System.Net;

namespace PyTake.Conversations;

/// <summary>An organization says how long it keeps what its customers write; what is older is erased.</summary>
public sealed class RetentionTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Path = "/api/v1/organization";

    [Fact]
    public async Task What_is_older_is_erased_and_what_is_newer_stays_and_other_organizations_keep_everything()
    {
        var (organization, other) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var (theirs, conversation) = (await Given.OpenConversation(other, "fica"), await Given.OpenConversation(organization, "nova"));
        for (var i = 0; i < EraseMessages.Bite + 2; i++) await Given.InboundMessage(conversation, $"velha {i}", DateTime.UtcNow.AddDays(-40));
        await Given.InboundMessage(theirs, "fica também", DateTime.UtcNow.AddDays(-400));
        (await organization.Admin.Http.Put(Path, new { retention_days = 30 })).Expect(HttpStatusCode.OK);

        await fixture.Node.Get<Retention>().RunAsync(CancellationToken.None);
        await fixture.Node.Get<Retention>().RunAsync(CancellationToken.None);

        var messages = await fixture.Database.QueryAsync<(string Type, string? Text, long Seq)>(
            "select message_type, content ->> 'text', seq from messages where conversation_id = @Id order by seq", new { conversation.Id });
        Assert.Equal(EraseMessages.Bite + 3, messages.Count);
        Assert.Equal("nova", Assert.Single(messages, m => m.Type == MessageType.Text).Text);
        Assert.Equal(2L * (EraseMessages.Bite + 2) + 1, messages[^1].Seq);
        var shown = (await organization.Agent.Http.Get(conversation.Path)).As<Conversation>();
        Assert.Equal(("open", "Ana Prado"), (shown.Status, shown.Contact.Name));
        Assert.Contains("nova", shown.LastMessage!.Value.Text, StringComparison.Ordinal);
        Assert.Equal(2, await fixture.Database.SingleAsync<int>(
            "select count(*)::int from messages where conversation_id = @Id and content ->> 'text' like 'fica%'", new { theirs.Id }));
    }

    [Fact]
    public async Task A_customer_of_whom_nothing_was_heard_since_is_erased()
    {
        var organization = await Given.Organization(fixture.Node);
        var (silent, lively) = (await Given.OpenConversation(organization, "há muito tempo"), await Given.OpenConversation(organization, "ontem"));
        var never = await Given.Contact(organization, "Nunca Escreveu");
        await fixture.Database.ExecuteAsync("""
            update contacts set created_at = now() - interval '90 days', updated_at = now() - interval '90 days' where organization_id = @Id;
            update messages set occurred_at = now() - interval '80 days' where conversation_id = @silent;
            update conversations set created_at = now() - interval '90 days' where organization_id = @Id;
            update conversations set last_message_at = now() - interval '80 days' where id = @silent;
            """, new { organization.Id, silent = silent.Id });
        (await organization.Admin.Http.Put(Path, new { retention_days = 60 })).Expect(HttpStatusCode.OK);

        await fixture.Node.Get<Retention>().RunAsync(CancellationToken.None);

        Assert.Equal([lively.Contact.Id], (await organization.Agent.Http.Get("/api/v1/contacts")).As<Contact[]>().Select(c => c.Id));
        Assert.NotNull((await organization.Agent.Http.Get(silent.Path)).As<Conversation>().Contact.ErasedAt);
        Assert.NotNull(await fixture.Database.SingleAsync<DateTime?>("select erased_at from contacts where id = @Id", new { never.Id }));
        Assert.Contains("ontem", (await organization.Agent.Http.Get($"{lively.Path}/messages")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_administrator_sets_it_and_everybody_of_the_organization_sees_it()
    {
        var organization = await Given.Organization(fixture.Node);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await organization.Viewer.Http.Get(Path)).Expect(HttpStatusCode.OK).Body.GetProperty("retention_days").ValueKind);

        (await organization.Admin.Http.Put(Path, new { name = " Padaria ", retention_days = 365 })).Expect(HttpStatusCode.OK);
        (await organization.Admin.Http.Put(Path, new { name = "Padaria Sol" })).Expect(HttpStatusCode.OK);

        var seen = (await organization.Agent.Http.Get(Path)).Expect(HttpStatusCode.OK).Body;
        Assert.Equal((organization.Id, "Padaria Sol", 365), (seen.GetProperty("id").GetGuid(), seen.GetProperty("name").GetString(), seen.GetProperty("retention_days").GetInt32()));
        (await organization.Admin.Http.Put(Path, "{\"retention_days\":null}")).Expect(HttpStatusCode.OK);
        Assert.Null(await fixture.Database.SingleAsync<int?>("select retention_days from organizations where id = @Id", new { organization.Id }));
        foreach (var user in (TestUser[])[organization.Agent, organization.Viewer])
            (await user.Http.Put(Path, new { retention_days = 1 })).ExpectError(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("{\"retention_days\":0}", "retention_days")]
    [InlineData("{\"retention_days\":-1}", "retention_days")]
    [InlineData("{\"retention_days\":36501}", "retention_days")]
    [InlineData("{\"retention_days\":\"30\"}", "retention_days")]
    [InlineData("{\"retention_days\":1.5}", "retention_days")]
    [InlineData("{\"name\":\" \"}", "name")]
    public async Task A_wrong_value_is_named(string body, string field)
        => (await (await Given.Organization(fixture.Node)).Admin.Http.Put(Path, body)).ExpectInvalid(field);
}
