using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;

namespace PyTake.WhatsApp.Numbers;

public sealed class NumberTests(ProvingNodeFixture fixture) : IClassFixture<ProvingNodeFixture>
{
    private const string Path = "/api/v1/whatsapp/";
    private static int _count;

    private TestNode Node => fixture.Node;

    [Fact]
    public async Task A_number_is_saved_and_its_secrets_show_only_their_last_four_characters()
    {
        var organization = await Given.Organization(Node);
        var request = NewNumber();

        var created = (await organization.Admin.Http.Post(Path, request)).Expect(HttpStatusCode.Created);
        var id = created.As<Number>().Id;
        var changed = (await organization.Admin.Http.Put(Path + id, new { access_token = "EAAG-another-token-9876", app_secret = "" })).Expect(HttpStatusCode.OK);

        foreach (var answer in new[] { created, changed, await organization.Viewer.Http.Get(Path), await organization.Viewer.Http.Get(Path + id) })
            Assert.DoesNotContain("EAAG", answer.Text, StringComparison.Ordinal);
        var (before, after) = (created.As<Number>(), changed.As<Number>());
        Assert.Equal(("1234", "ters", "oken"), (before.AccessTokenLast4, before.AppSecretLast4, before.WebhookVerifyTokenLast4));
        Assert.Equal(("9876", null, "oken"), (after.AccessTokenLast4, after.AppSecretLast4, after.WebhookVerifyTokenLast4));
        var stored = await fixture.Database.SingleAsync<byte[]>("select access_token from whatsapp_numbers where id = @id", new { id });
        Assert.Equal("EAAG-another-token-9876", Node.Get<SecretBox>().Open(stored, NumberStore.PlaceOf(id)));
    }

    [Fact]
    public async Task A_phone_number_id_belongs_to_one_organization_and_nobody_learns_to_which()
    {
        var (ours, theirs) = (await Given.Organization(Node), await Given.Organization(Node));
        var mine = (await ours.Admin.Http.Post(Path, NewNumber())).Expect(HttpStatusCode.Created).As<Number>();

        var taken = (await theirs.Admin.Http.Post(Path, NewNumber(mine.PhoneNumberId))).ExpectError(HttpStatusCode.Conflict);
        (await theirs.Admin.Http.Put(Path + theirs.Number.Id, new { phone_number_id = mine.PhoneNumberId })).ExpectError(HttpStatusCode.Conflict);

        Assert.DoesNotContain(ours.Id.ToString(), taken.Text, StringComparison.Ordinal);
        (await theirs.Admin.Http.Get(Path + mine.Id)).ExpectError(HttpStatusCode.NotFound);
        (await theirs.Admin.Http.Put(Path + mine.Id, new { display_name = "Mine" })).ExpectError(HttpStatusCode.NotFound);
        (await theirs.Admin.Http.Delete(Path + mine.Id)).ExpectError(HttpStatusCode.NotFound);
        (await theirs.Admin.Http.Get($"{Path}{mine.Id}/templates")).ExpectError(HttpStatusCode.NotFound);
        Assert.All((await theirs.Admin.Http.Get(Path)).As<Number[]>(), n => Assert.Equal(theirs.Id, n.OrganizationId));
    }

    [Fact]
    public async Task Agents_see_numbers_and_only_administrators_change_them()
    {
        var organization = await Given.Organization(Node);

        (await organization.Agent.Http.Get(Path)).Expect(HttpStatusCode.OK);
        (await organization.Agent.Http.Post(Path, NewNumber())).ExpectError(HttpStatusCode.Forbidden);
        (await organization.Agent.Http.Put(Path + organization.Number.Id, new { display_name = "X" })).ExpectError(HttpStatusCode.Forbidden);
        (await organization.Agent.Http.Delete(Path + organization.Number.Id)).ExpectError(HttpStatusCode.Forbidden);
        (await organization.Admin.Http.Post(Path, new { phone_number_id = "1" })).ExpectInvalid("access_token");
    }

    [Fact]
    public async Task A_number_without_conversations_is_deleted_and_one_with_them_goes_out_of_use_until_it_is_added_again()
    {
        var organization = await Given.Organization(Node);
        var unused = (await organization.Admin.Http.Post(Path, NewNumber())).As<Number>();
        await Given.Conversation(organization);

        (await organization.Admin.Http.Delete(Path + unused.Id)).Expect(HttpStatusCode.NoContent);
        (await organization.Admin.Http.Get(Path + unused.Id)).ExpectError(HttpStatusCode.NotFound);

        (await organization.Admin.Http.Delete(Path + organization.Number.Id)).Expect(HttpStatusCode.NoContent);
        Assert.False((await organization.Admin.Http.Get(Path + organization.Number.Id)).As<Number>().IsActive);

        var back = (await organization.Admin.Http.Post(Path, NewNumber(organization.Number.PhoneNumberId))).Expect(HttpStatusCode.Created).As<Number>();
        Assert.Equal((organization.Number.Id, true), (back.Id, back.IsActive));
    }

    [Fact]
    public async Task Saving_a_number_lets_it_send_again_and_wakes_what_waited_for_it()
    {
        var organization = await Given.Organization(Node);
        var request = NewNumber();
        await Park(1, request.phone_number_id);
        await Park(2, organization.Number.PhoneNumberId);
        await Park(3, "somebody else's");
        await fixture.Database.ExecuteAsync(
            "update whatsapp_numbers set sending_stopped_at = now(), sending_stopped_reason = 'token' where id = @Id", organization.Number);

        await organization.Admin.Http.Post(Path, request);
        var saved = (await organization.Admin.Http.Put(Path + organization.Number.Id, new { access_token = "EAAG-new-token" })).Expect(HttpStatusCode.OK).As<Number>();

        Assert.Equal((null, null), (saved.SendingStoppedAt, saved.SendingStoppedReason));
        Assert.Equal(["retry", "retry", "parked"], await fixture.Database.QueryAsync<string>("select state from webhook_items_set_aside order by id"));
        Assert.Equal(2, await fixture.Database.SingleAsync<long>("select count(*) from webhook_items_set_aside where due_at <= now()"));
    }

    [Fact]
    public async Task Templates_come_from_the_account_page_by_page()
    {
        var graph = new FakeGraph(request =>
        {
            var query = System.Web.HttpUtility.ParseQueryString(request.RequestUri!.Query);
            // A page may be shorter than was asked for; what says that there is another is next (Graph API, paginated results).
            var page = query["after"] is null ? Enumerable.Range(0, 7) : Enumerable.Range(7, 3);
            var data = page.Select(n => new { name = $"t{n}", status = query["status"], language = "pt_BR" });
            object paging = query["after"] is null
                ? new { cursors = new { before = "a", after = "b" }, next = "https://graph.facebook.com/v23.0/990011/message_templates?access_token=EAAG&after=b" }
                : new { cursors = new { before = "b", after = "c" } };
            return (HttpStatusCode.OK, JsonSerializer.Serialize(new { data, paging }));
        });
        await using var node = TestNode.Start(fixture.Database, graph.Install);
        var organization = await Given.Organization(node);
        var number = (await organization.Admin.Http.Post(Path, NewNumber() with { waba_id = "990011" })).As<Number>();

        var templates = (await organization.Viewer.Http.Get($"{Path}{number.Id}/templates?status=APPROVED")).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(10, templates.GetArrayLength());
        Assert.Equal("APPROVED", templates[9].GetProperty("status").GetString());
        Assert.Equal(["/v23.0/990011/message_templates", "/v23.0/990011/message_templates"], graph.Paths);
        Assert.Equal("Bearer EAAG-token-1234", graph.Authorization);
    }

    [Fact]
    public async Task A_templates_category_is_what_Meta_says_now()
    {
        var graph = new FakeGraph(request => (HttpStatusCode.OK, JsonSerializer.Serialize(new
        {
            data = new object[]
            {
                new { name = "promo_old", language = "pt_BR", category = "UTILITY" },
                new { name = "promo", language = "en_US", category = "UTILITY" },
                new { name = "promo", language = "pt_BR", category = "MARKETING" },
            },
        })));
        await using var node = TestNode.Start(fixture.Database, graph.Install);
        var organization = await Given.Organization(node);
        var number = (await organization.Admin.Http.Post(Path, NewNumber() with { waba_id = "990011" })).As<Number>();
        Task<string?> Find(string name) => node.Get<ITemplateCategories>().FindAsync(organization.Id, number.Id, name, "pt_BR", TestContext.Current.CancellationToken);

        Assert.Equal("MARKETING", await Find("promo"));
        Assert.Null(await Find("pro"));
        graph.Answer = _ => throw new HttpRequestException("refused");
        Assert.Null(await Find("promo"));
    }

    [Fact]
    public async Task What_Meta_says_against_listing_templates_is_passed_on()
    {
        var graph = new FakeGraph(_ => (HttpStatusCode.BadRequest, """{"error":{"message":"(#190) Token expired","code":190}}"""));
        await using var node = TestNode.Start(fixture.Database, graph.Install);
        var organization = await Given.Organization(node);
        var number = (await organization.Admin.Http.Post(Path, NewNumber())).As<Number>();

        (await organization.Agent.Http.Get($"{Path}{number.Id}/templates")).ExpectError(HttpStatusCode.BadGateway, "Token expired");
        graph.Answer = _ => throw new HttpRequestException("refused");
        (await organization.Agent.Http.Get($"{Path}{number.Id}/templates")).ExpectError(HttpStatusCode.BadGateway, "reached");
    }

    [Fact]
    public async Task What_Meta_says_against_a_token_does_not_show_it()
    {
        var graph = new FakeGraph(_ => (HttpStatusCode.Unauthorized, """{"error":{"message":"Malformed access token EAAG-token-1234","code":190}}"""));
        await using var node = TestNode.Start(fixture.Database, graph.Install);
        var organization = await Given.Organization(node);
        var number = (await organization.Admin.Http.Post(Path, NewNumber())).As<Number>();

        var answer = (await organization.Viewer.Http.Get($"{Path}{number.Id}/templates")).ExpectError(HttpStatusCode.BadGateway, "Malformed access token");
        Assert.DoesNotContain("EAAG-token", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Templates_of_a_number_whose_token_cannot_be_read_are_refused_with_the_reason()
    {
        var organization = await Given.Organization(Node);
        (await organization.Agent.Http.Get($"{Path}{organization.Number.Id}/templates")).ExpectError(HttpStatusCode.BadGateway, "decrypted");
    }

    [Theory]
    [InlineData("access_token", "EAAG\nInjected")]
    [InlineData("access_token", "EAAG token")]
    [InlineData("access_token", "EAAGé")]
    [InlineData("phone_number_id", "12/../34")]
    [InlineData("phone_number_id", "+55 11 4000-1000")]
    [InlineData("waba_id", "mine")]
    public async Task What_cannot_go_into_a_request_to_Meta_is_named(string field, string value)
    {
        var organization = await Given.Organization(Node);
        var request = new Dictionary<string, string>
        {
            ["phone_number_id"] = "88999", ["phone_number"] = "+55 11 4000-1000", ["display_name"] = "Sales", ["access_token"] = "EAAG-token-1234", [field] = value,
        };
        (await organization.Admin.Http.Post(Path, request)).ExpectInvalid(field);
        (await organization.Admin.Http.Put(Path + organization.Number.Id, new Dictionary<string, string> { [field] = value })).ExpectInvalid(field);
    }

    [Fact]
    public async Task Blanks_that_were_pasted_along_are_no_part_of_a_secret()
    {
        var organization = await Given.Organization(Node);
        var path = Path + organization.Number.Id;
        (await organization.Admin.Http.Put(path, new { access_token = " EAAG-token-1234\n", app_secret = "an app secret of thirty-two chars\n" })).Expect(HttpStatusCode.OK);

        var (token, secret) = await fixture.Database.SingleAsync<(byte[], byte[])>("select access_token, app_secret from whatsapp_numbers where id = @Id", organization.Number);
        Assert.Equal(("EAAG-token-1234", "an app secret of thirty-two chars"),
            (Node.Get<SecretBox>().Open(token, NumberStore.PlaceOf(organization.Number.Id)),
            Node.Get<SecretBox>().Open(secret, NumberStore.PlaceOf(organization.Number.Id, "app_secret"))));
    }

    [Fact]
    public async Task A_token_that_was_copied_from_another_number_in_the_database_is_of_no_use()
    {
        var (organization, thief) = (await Given.Organization(Node), await Given.Organization(Node));
        (await organization.Admin.Http.Put(Path + organization.Number.Id, new { access_token = "EAAG-token-1234" })).Expect(HttpStatusCode.OK);

        await fixture.Database.ExecuteAsync(
            "update whatsapp_numbers set access_token = (select access_token from whatsapp_numbers where id = @From) where id = @To",
            new { From = organization.Number.Id, To = thief.Number.Id });

        var stolen = await fixture.Database.SingleAsync<byte[]>("select access_token from whatsapp_numbers where id = @Id", thief.Number);
        Assert.False(Node.Get<SecretBox>().TryOpen(stolen, NumberStore.PlaceOf(thief.Number.Id), out _));
        Assert.Equal("****", (await thief.Admin.Http.Get(Path + thief.Number.Id)).As<Number>().AccessTokenLast4);
    }

    private Task Park(long id, string waitsFor) => fixture.Database.ExecuteAsync("""
        insert into webhook_items_set_aside (id, lane, received_at, attempts, kind, payload, state, error, waits_for)
        values (@id, 0, now(), 1, 'message', '\x7b7d', 'parked', 'unknown number', @waitsFor)
        """, new { id, waitsFor });

    private static NumberRequest NewNumber(string? phoneNumberId = null) => new(
        phoneNumberId ?? $"88{Interlocked.Increment(ref _count):D13}", "+55 11 4000-1000", "Sales", "EAAG-token-1234", "EAAG-app-secret-of-32-characters", "EAAG-verify-token", null);

    private sealed record NumberRequest(
        string phone_number_id, string phone_number, string display_name, string access_token, string app_secret, string webhook_verify_token, string? waba_id);

    private sealed class FakeGraph(Func<HttpRequestMessage, (HttpStatusCode, string)> answer) : HttpMessageHandler
    {
        public Func<HttpRequestMessage, (HttpStatusCode, string)> Answer { get; set; } = answer;
        public List<string> Paths { get; } = [];
        public string? Authorization { get; private set; }

        public void Install(IServiceCollection services) => services.AddHttpClient("graph").ConfigurePrimaryHttpMessageHandler(() => this);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            if (request.RequestUri.Query.StartsWith("?fields=id", StringComparison.Ordinal))
                return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
                {
                    Content = new StringContent($$"""{"id":"{{path[(path.LastIndexOf('/') + 1)..]}}","display_phone_number":"+55 11 4000-1000"}"""),
                });
            Paths.Add(path);
            Authorization = request.Headers.Authorization?.ToString();
            var (status, body) = Answer(request);
            return Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body) });
        }
    }
}
