using System.Net;

namespace PyTake.Accounts;

/// <summary>An e-mail address belongs to nobody: organizations have accounts under the same one and learn nothing of one another.</summary>
public sealed class AddressTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    private const string Theirs = "what the others chose";

    [Theory]
    [InlineData(null)]
    [InlineData(Theirs)]
    public async Task Adding_an_address_that_another_organization_has_is_answered_as_for_a_free_one(string? password)
    {
        var (rita, other) = (await accounts.Register(), await accounts.Register());

        var taken = await other.Http.Post("/api/v1/users", NewUser(rita.Email, password));
        var free = await other.Http.Post("/api/v1/users", NewUser(AccountNode.NewEmail(), password));

        Assert.Equal(HttpStatusCode.Created, taken.Expect(free.Status).Status);
        Assert.Equal(Names(free), Names(taken));
        (await other.Http.Post("/api/v1/users", NewUser(rita.Email.ToUpperInvariant(), password))).ExpectError(HttpStatusCode.BadRequest, "already");
    }

    [Fact]
    public async Task Each_password_of_an_address_opens_the_account_it_was_set_for()
    {
        var (rita, other) = (await accounts.Register(), await accounts.Register());
        (await other.Http.Post("/api/v1/users", NewUser(rita.Email, Theirs))).Expect(HttpStatusCode.Created);

        Assert.Equal(rita.OrganizationId, OrganizationOf(await accounts.LogIn(rita.Email)));
        Assert.Equal(other.OrganizationId, OrganizationOf(await accounts.LogIn(rita.Email, Theirs)));
        (await accounts.LogIn(rita.Email, "neither of the two")).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_login_costs_one_hash_however_many_accounts_the_address_has()
    {
        var (rita, other) = (await accounts.Register(), await accounts.Register());
        (await other.Http.Post("/api/v1/users", NewUser(rita.Email, Theirs))).Expect(HttpStatusCode.Created);

        var hashes = await accounts.Database.QueryAsync<string>("select password_hash from users where email = @Email", rita);

        Assert.Equal(2, hashes.Distinct().Count());
        Assert.Single(hashes.Select(hash => Convert.ToHexString(PasswordHash.TryParse(hash)!.Salt)).Distinct());
    }

    [Fact]
    public async Task Whoever_makes_an_account_with_anothers_address_guesses_no_password_with_it()
    {
        var (rita, other) = (await accounts.Register(), await accounts.Register());

        // The attacker's own account under the address gets the guess as its password, and the guess is right.
        (await other.Http.Post("/api/v1/users", NewUser(rita.Email, AccountNode.Password))).Expect(HttpStatusCode.Created);

        Assert.Equal(other.OrganizationId, OrganizationOf(await accounts.LogIn(rita.Email)));
    }

    [Fact]
    public async Task Registering_with_an_address_that_somebody_has_makes_another_account()
    {
        var rita = await accounts.Register();

        var answer = await accounts.Node.Client().Post(
            "/api/v1/auth/register", new { email = rita.Email, password = Theirs, full_name = "Rita", organization_name = "Elsewhere" });

        answer.Expect(HttpStatusCode.Created);
        Assert.NotEqual(rita.OrganizationId, OrganizationOf(answer));
        Assert.Equal(rita.OrganizationId, OrganizationOf(await accounts.LogIn(rita.Email)));
    }

    [Fact]
    public async Task A_demo_tells_that_an_address_is_taken_even_when_it_is_registered_twice_at_once()
    {
        await using var node = TestNode.Start(accounts.Database, [.. AccountNode.Settings, ("Demo:Enabled", "true")]);
        var request = new { email = AccountNode.NewEmail(), password = AccountNode.Password, full_name = "Rita", organization_name = "Twice in a demo" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => node.Client().Post("/api/v1/auth/register", request)));

        Assert.Single(answers, a => a.Status == HttpStatusCode.Created);
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Created), a => a.ExpectError(HttpStatusCode.BadRequest, "already"));
        Assert.Equal(1, await accounts.Database.SingleAsync<long>("select count(*) from organizations where name = 'Twice in a demo'"));
    }

    private static object NewUser(string email, string? password) => new { email, password, full_name = "Nina", role = "agent" };

    private static string[] Names(Answer answer) => [.. answer.Body.EnumerateObject().Select(p => p.Name).Order()];

    private static Guid OrganizationOf(Answer answer) => answer.Body.GetProperty("user").GetProperty("organization_id").GetGuid();
}
