using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using PyTake.WhatsApp.Outbound;
using PyTake.WhatsApp.Webhooks;

namespace PyTake.WhatsApp.Numbers;

/// <summary>A number is taken only by who proves to WhatsApp that it is theirs, and so is what was parked for it.</summary>
public sealed class ClaimTests : IAsyncLifetime
{
    private const string Path = "/api/v1/whatsapp/";
    private const string Good = "EAAG-owner", Forged = "EAAG-forged";
    private static int _count;
    private TestDatabase _database = null!;
    private TestNode _node = null!;
    private FakeGraph _graph = null!;
    // Which tokens prove a number. Any other is refused.
    private readonly ConcurrentDictionary<string, string[]> _owners = [];

    public async ValueTask InitializeAsync()
    {
        (_database, _graph) = (await TestDatabase.CreateAsync(), await FakeGraph.StartAsync());
        _node = TestNode.Start(_database, ("WhatsApp:GraphBaseUrl", _graph.Url), ("WhatsApp:NumbersPerOrganization", "3"));
        _graph.Prove = (id, token, _) => !_owners.TryGetValue(id, out var tokens) ? FakeGraph.Refuse(400, 100, "Unsupported get request")
            : tokens.Contains(token) ? FakeGraph.Accept() : FakeGraph.Refuse(401, 190, "Invalid OAuth access token");
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _graph.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task What_was_parked_for_a_number_is_delivered_to_its_owner_and_not_to_whoever_names_it()
    {
        var (owner, thief, number) = (await Given.Organization(_node), await Given.Organization(_node), NewNumber());
        await Meta.Deliver(_node, Meta.Text(number, "5511955550101", "for the owner alone"));

        (await thief.Admin.Http.Post(Path, Request(number, Forged))).ExpectInvalid("access_token");
        (await thief.Admin.Http.Put(Path + thief.Number.Id, new { phone_number_id = number.PhoneNumberId, access_token = Forged })).ExpectInvalid("access_token");
        await RequeueAsync();
        Assert.Equal(0, await MessagesOf(thief));

        (await owner.Admin.Http.Post(Path, Request(number))).Expect(HttpStatusCode.Created);
        await RequeueAsync();
        Assert.Equal(1, await MessagesOf(owner));
        Assert.Equal((number.PhoneNumberId, Good, "?fields=id,display_phone_number"), _graph.Proofs.Last());
    }

    [Fact]
    public async Task Without_proof_a_number_is_refused_with_the_cause()
    {
        var (organization, number) = (await Given.Organization(_node), NewNumber());

        (await organization.Admin.Http.Post(Path, Request(number, Forged))).ExpectInvalid("access_token", "WhatsApp refuses this token");
        (await organization.Admin.Http.Post(Path, Request(NewNumber(owned: false)))).ExpectInvalid("phone_number_id", "knows no such number");
        foreach (var refuse in (Func<Task<IResult?>>[])[
            () => FakeGraph.Refuse(503, 2), () => FakeGraph.Refuse(429, 4), () => Task.FromResult<IResult?>(Results.StatusCode(502)),
            () => Task.FromResult<IResult?>(Results.Json(new { id = "somebody else's", display_phone_number = "1" })), () => Task.FromResult<IResult?>(Results.Json(new { id = number.PhoneNumberId }))])
        {
            _graph.Prove = (_, _, _) => refuse();
            (await organization.Admin.Http.Post(Path, Request(number))).ExpectInvalid("phone_number_id", "could not be asked");
        }
        _graph.Prove = (_, _, context) => _graph.Hang(context);
        (await organization.Admin.Http.Post(Path, Request(number))).ExpectInvalid("phone_number_id", "did not answer in time");
        _graph.LetGo();

        Assert.Equal(1, await _database.SingleAsync<int>("select count(*)::int from whatsapp_numbers where organization_id = @Id", new { organization.Id }));
    }

    [Fact]
    public async Task A_number_stays_with_who_proves_it_and_nobody_learns_with_whom()
    {
        var (owner, other, number) = (await Given.Organization(_node), await Given.Organization(_node), NewNumber(Good, "EAAG-partner"));
        (await owner.Admin.Http.Post(Path, Request(number))).Expect(HttpStatusCode.Created);

        var taken = (await other.Admin.Http.Post(Path, Request(number, "EAAG-partner"))).ExpectError(HttpStatusCode.Conflict);
        Assert.DoesNotContain(owner.Id.ToString(), taken.Text, StringComparison.Ordinal);
        (await owner.Admin.Http.Post(Path, Request(number))).ExpectError(HttpStatusCode.Conflict);

        // Where WhatsApp says neither, it stays.
        _graph.Prove = (_, token, _) => token == Good ? FakeGraph.Refuse(503, 2) : FakeGraph.Accept();
        (await other.Admin.Http.Post(Path, Request(number, "EAAG-partner"))).ExpectError(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_number_whose_token_proves_it_no_longer_is_taken_over_and_its_history_stays_where_it_is()
    {
        var (former, anew, number) = (await Given.Organization(_node), await Given.Organization(_node), NewNumber());
        var lost = (await former.Admin.Http.Post(Path, Request(number))).Expect(HttpStatusCode.Created).As<Number>();
        await Meta.Deliver(_node, Meta.Text(number, "5511955550102", "of before"));
        _owners[number.PhoneNumberId] = ["EAAG-new-owner"];

        var taken = (await anew.Admin.Http.Put(Path + anew.Number.Id, new { phone_number_id = number.PhoneNumberId, access_token = "EAAG-new-owner" }))
            .Expect(HttpStatusCode.OK).As<Number>();
        await Meta.Deliver(_node, Meta.Text(number, "5511955550102", "of now"));

        Assert.Equal((number.PhoneNumberId, true), (taken.PhoneNumberId, taken.IsActive));
        Assert.Equal((1, 1), (await MessagesOf(former), await MessagesOf(anew)));
        var shown = (await former.Admin.Http.Get(Path + lost.Id)).Expect(HttpStatusCode.OK).As<Number>();
        Assert.Equal((number.PhoneNumberId, false), (shown.PhoneNumberId, shown.IsActive));
        Assert.Contains("Another organization", shown.SendingStoppedReason, StringComparison.Ordinal);

        // Neither of these brings it back; only proof does.
        (await former.Admin.Http.Put(Path + lost.Id, new { display_name = "Still mine" })).Expect(HttpStatusCode.OK);
        (await former.Admin.Http.Put(Path + lost.Id, new { is_active = true })).ExpectInvalid("access_token");
        Assert.False((await former.Admin.Http.Get(Path + lost.Id)).As<Number>().IsActive);
        _owners[number.PhoneNumberId] = ["EAAG-back"];
        var back = (await former.Admin.Http.Put(Path + lost.Id, new { is_active = true, access_token = "EAAG-back" })).Expect(HttpStatusCode.OK).As<Number>();
        Assert.Equal((lost.Id, number.PhoneNumberId, true), (back.Id, back.PhoneNumberId, back.IsActive));
        Assert.False((await anew.Admin.Http.Get(Path + anew.Number.Id)).As<Number>().IsActive);
    }

    [Fact]
    public async Task A_number_that_was_given_up_is_free_for_who_proves_it_and_not_for_who_only_asks_for_it_back()
    {
        var (former, anew, number) = (await Given.Organization(_node), await Given.Organization(_node), NewNumber());
        var given = (await former.Admin.Http.Post(Path, Request(number))).Expect(HttpStatusCode.Created).As<Number>();
        await Meta.Deliver(_node, Meta.Text(number, "5511955550103", "of before"));
        (await former.Admin.Http.Delete(Path + given.Id)).Expect(HttpStatusCode.NoContent);
        await Meta.Deliver(_node, Meta.Text(number, "5511955550103", "of meanwhile"));

        _owners[number.PhoneNumberId] = ["EAAG-new-owner"];
        (await former.Admin.Http.Put(Path + given.Id, new { is_active = true })).ExpectInvalid("access_token");
        (await anew.Admin.Http.Post(Path, Request(number, "EAAG-new-owner"))).Expect(HttpStatusCode.Created);
        await RequeueAsync();

        Assert.Equal((1, 1), (await MessagesOf(former), await MessagesOf(anew)));
    }

    [Fact]
    public async Task Many_claims_at_once_are_one_and_an_organization_has_no_more_numbers_than_it_may()
    {
        var (one, other, number) = (await Given.Organization(_node), await Given.Organization(_node), NewNumber());
        var claims = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? one : other).Admin.Http.Post(Path, Request(number))));
        Assert.Single(claims, answer => answer.Status == HttpStatusCode.Created);
        Assert.All(claims.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.ExpectError(HttpStatusCode.Conflict));

        var crowd = await Given.Organization(_node);
        var added = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => crowd.Admin.Http.Post(Path, Request(NewNumber()))));
        Assert.Equal(2, added.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.All(added.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.ExpectError(HttpStatusCode.Conflict, "3 numbers"));
        (await crowd.Admin.Http.Put(Path + crowd.Number.Id, new { display_name = "One of three" })).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("app_secret", 31)]
    [InlineData("webhook_verify_token", 15)]
    public async Task A_secret_that_could_be_guessed_is_refused_and_one_that_is_there_already_stays(string field, int length)
    {
        var organization = await Given.Organization(_node);
        await _database.ExecuteAsync($"update whatsapp_numbers set {field} = @secret where id = @Id",
            new { organization.Number.Id, secret = _node.Get<Accounts.SecretBox>().Seal("short", NumberStore.PlaceOf(organization.Number.Id, field)) });
        Dictionary<string, string> With(string secret) => new() { [field] = secret };

        (await organization.Admin.Http.Put(Path + organization.Number.Id, With(new string('x', length)))).ExpectInvalid(field, $"{length + 1} characters or more");
        (await organization.Admin.Http.Put(Path + organization.Number.Id, With($"  {new string('x', length)}  "))).ExpectInvalid(field);
        (await organization.Admin.Http.Put(Path + organization.Number.Id, new { display_name = "As before" })).Expect(HttpStatusCode.OK);
        Assert.Equal("short", _node.Get<Accounts.SecretBox>().Open(
            await _database.SingleAsync<byte[]>($"select {field} from whatsapp_numbers where id = @Id", organization.Number), NumberStore.PlaceOf(organization.Number.Id, field)));
        (await organization.Admin.Http.Put(Path + organization.Number.Id, With(new string('x', length + 1)))).Expect(HttpStatusCode.OK);
        (await organization.Admin.Http.Put(Path + organization.Number.Id, With(""))).Expect(HttpStatusCode.OK);
    }

    private TestNumber NewNumber(params string[] tokens) => NewNumber(true, tokens);

    private TestNumber NewNumber(bool owned, params string[] tokens)
    {
        var number = new TestNumber(Guid.Empty, $"86{Interlocked.Increment(ref _count):D13}", "5511940001000");
        if (owned) _owners[number.PhoneNumberId] = tokens.Length > 0 ? tokens : [Good];
        return number;
    }

    private static object Request(TestNumber number, string token = Good)
        => new { phone_number_id = number.PhoneNumberId, phone_number = "+55 11 94000-1000", display_name = "Sales", access_token = token };

    private async Task RequeueAsync()
    {
        await _node.Get<DeferredItems>().RequeueDueAsync(TestContext.Current.CancellationToken);
        await Meta.Work(_node);
    }

    private Task<int> MessagesOf(TestOrganization organization)
        => _database.SingleAsync<int>("select count(*)::int from messages where organization_id = @Id", new { organization.Id });
}
