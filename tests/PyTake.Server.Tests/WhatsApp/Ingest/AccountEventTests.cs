using System.Net;
using System.Text;
using System.Text.Json;

namespace PyTake.WhatsApp.Ingest;

/// <summary>What Meta says of accounts, numbers and templates reaches the administrators of the organization, and nobody else.</summary>
public sealed class AccountEventTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private static int _accounts;
    private readonly TestNode _node = fixture.Node;

    [Theory]
    [InlineData("11-template-status")]
    [InlineData("11-account-update", true)]
    [InlineData("11-two-fields", true)]
    [InlineData("70-account-alert")]
    [InlineData("70-name-rejected", true)]
    [InlineData("70-template-quality")]
    public async Task An_event_is_listed_for_the_administrators_once(string name, bool namesNumber = false)
    {
        var (organization, account) = await Confirmed();
        await using var admin = await SignalRClient.ConnectAsync(_node, organization.Admin.Token);
        for (var i = 0; i < 2; i++) await Deliver(Moved(name, organization, account));

        await admin.Next("account:event");
        var events = await Events(organization);
        var sent = JsonDocument.Parse(Fixture.Load(name).Body).RootElement.GetProperty("entry")[0].GetProperty("changes").EnumerateArray().Reverse().ToArray();
        Assert.Equal(sent.Select(c => c.GetProperty("field").GetString()), events.Select(e => e.GetProperty("field").GetString()));
        Assert.Equal(account, events[0].GetProperty("waba_id").GetString());
        if (namesNumber) Assert.Contains(events, e => e.GetProperty("whatsapp_number_id").ValueKind == JsonValueKind.String && e.GetProperty("whatsapp_number_id").GetGuid() == organization.Number.Id);
        Assert.Equal(sent[0].GetProperty("value").EnumerateObject().Count(), events[0].GetProperty("value").EnumerateObject().Count());
        (await organization.Agent.Http.Get("/api/v1/whatsapp/events")).Expect(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Nobody_sees_the_events_of_anothers_account_by_writing_its_id()
    {
        var (organization, account) = await Confirmed();
        var curious = await Given.Organization(_node);
        (await curious.Admin.Http.Put($"/api/v1/whatsapp/{curious.Number.Id}", new { waba_id = account })).Expect(HttpStatusCode.OK);

        await Deliver(Moved("11-template-status", organization, account));

        Assert.Single(await Events(organization));
        Assert.Empty(await Events(curious));
    }

    [Fact]
    public async Task An_account_that_only_one_organization_says_it_has_is_its_own_and_one_that_two_say_they_have_is_parked()
    {
        var (one, other, account) = (await Given.Organization(_node), await Given.Organization(_node), NewAccount());
        await SayIsTheirs(one, account);
        await Deliver(Moved("70-account-alert", one, account));
        await SayIsTheirs(other, account);
        await Deliver(Moved("70-template-quality", one, account));

        Assert.Equal("account_alerts", Assert.Single(await Events(one)).GetProperty("field").GetString());
        Assert.Empty(await Events(other));
        Assert.Equal(1, await _node.Database.SingleAsync<int>(
            "select count(*)::int from webhook_items_set_aside where state = 'parked' and error like @error", new { error = $"Account {account} is of no organization%" }));
    }

    [Fact]
    public async Task A_page_ends_where_the_next_begins()
    {
        var (organization, account) = await Confirmed();
        foreach (var name in (string[])["11-template-status", "70-account-alert", "70-template-quality"]) await Deliver(Moved(name, organization, account));

        var first = await Events(organization, "?limit=2");
        var second = await Events(organization, $"?limit=2&before={first[1].GetProperty("id").GetString()}");

        Assert.Equal(["message_template_quality_update", "account_alerts", "message_template_status_update"],
            first.Concat(second).Select(e => e.GetProperty("field").GetString()));
        (await organization.Admin.Http.Get("/api/v1/whatsapp/events?limit=101")).ExpectInvalid("limit");
    }

    // An organization whose account Meta has named in the webhook of a message.
    private async Task<(TestOrganization, string)> Confirmed()
    {
        var (organization, account) = (await Given.Organization(_node), NewAccount());
        // The node reads its numbers again when one is saved.
        (await organization.Admin.Http.Put($"/api/v1/whatsapp/{organization.Number.Id}", new { display_name = "Loja" })).Expect(HttpStatusCode.OK);
        var message = Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(Meta.Text(organization.Number, "5511966665555", "Oi"))).Replace("990011", account);
        await Deliver(Encoding.UTF8.GetBytes(message));
        await Wait.Until(async () => await _node.Database.SingleAsync<string?>(
            "select waba_id from whatsapp_numbers where id = @Id and is_waba_confirmed", new { organization.Number.Id }) == account);
        return (organization, account);
    }

    private static Task SayIsTheirs(TestOrganization organization, string account)
        => organization.Admin.Http.Put($"/api/v1/whatsapp/{organization.Number.Id}", new { waba_id = account });

    private async Task Deliver(byte[] body)
    {
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, body));
        await Meta.Work(_node);
    }

    private static byte[] Moved(string name, TestOrganization organization, string account) => Encoding.Latin1.GetBytes(
        Encoding.Latin1.GetString(Fixture.Load(name).Body).Replace("990011223344556", account).Replace("5511900000000", organization.Number.PhoneNumber));

    private static string NewAccount() => $"4400{Interlocked.Increment(ref _accounts):D11}";

    private static async Task<JsonElement[]> Events(TestOrganization organization, string query = "")
        => [.. (await organization.Admin.Http.Get($"/api/v1/whatsapp/events{query}")).Expect(HttpStatusCode.OK).Body.EnumerateArray()];
}
