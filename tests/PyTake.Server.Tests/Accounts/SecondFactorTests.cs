using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;

namespace PyTake.Accounts;

public sealed class SecondFactorTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    private static readonly object Own = new { current_password = AccountNode.Password };

    [Fact]
    public async Task With_an_authenticator_app_a_login_needs_its_code_and_a_code_is_good_once()
    {
        var (rita, totp, _) = await EnrolledAsync();
        var asked = (await accounts.LogIn(rita.Email)).Expect(HttpStatusCode.OK).Body;

        Assert.True(asked.GetProperty("mfa_required").GetBoolean());
        Assert.False(asked.TryGetProperty("access_token", out _));
        Assert.Equal(["totp", "recovery_code"], asked.GetProperty("methods").EnumerateArray().Select(m => m.GetString()));
        (await Finish(asked, "000000")).ExpectError(HttpStatusCode.Unauthorized);
        var next = CodeAt(totp, +1);
        var answer = (await Finish(asked, next)).Expect(HttpStatusCode.OK).Body;
        (await accounts.Node.Client(answer.GetProperty("access_token").GetString()).Get("/api/v1/conversations")).Expect(HttpStatusCode.OK);

        (await Finish(asked, next)).ExpectError(HttpStatusCode.Unauthorized);
        (await Finish((await accounts.LogIn(rita.Email)).Body, next)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_code_that_two_logins_use_at_once_opens_one()
    {
        var (rita, totp, _) = await EnrolledAsync();
        var asked = new[] { (await accounts.LogIn(rita.Email)).Body, (await accounts.LogIn(rita.Email)).Body };

        var answers = await Task.WhenAll(asked.Select(one => Finish(one, CodeAt(totp, +1))));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(+3)]
    public async Task A_code_of_another_time_is_refused(int steps)
    {
        var (rita, totp, _) = await EnrolledAsync();

        (await Finish((await accounts.LogIn(rita.Email)).Body, CodeAt(totp, steps))).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_recovery_code_opens_once_however_it_is_typed()
    {
        var (rita, _, codes) = await EnrolledAsync();
        Assert.Equal(10, codes.Distinct().Count());

        (await Finish((await accounts.LogIn(rita.Email)).Body, codes[0].ToUpperInvariant().Replace('-', ' '))).Expect(HttpStatusCode.OK);

        (await Finish((await accounts.LogIn(rita.Email)).Body, codes[0])).ExpectError(HttpStatusCode.Unauthorized);
        var shown = (await rita.Http.Get("/api/v1/users/me/mfa")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(9, shown.GetProperty("recovery_codes_left").GetInt32());
        (await rita.Http.Post("/api/v1/users/me/mfa/recovery-codes", Own)).Expect(HttpStatusCode.OK);
        (await Finish((await accounts.LogIn(rita.Email)).Body, codes[1])).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_burst_of_guesses_gets_no_further_than_five_and_locks_the_right_code_out_for_a_while()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var (rita, _, codes) = await EnrolledAsync();
        var asked = (await accounts.LogIn(rita.Email)).Body;

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Finish(asked, $"{i:D6}")));

        Assert.Equal(5, answers.Count(a => a.Status == HttpStatusCode.Unauthorized));
        Assert.All(answers.Where(a => a.Status != HttpStatusCode.Unauthorized), a => Assert.NotEmpty(a.ExpectError(HttpStatusCode.TooManyRequests).Header("Retry-After")));
        (await Finish((await accounts.LogIn(rita.Email)).Body, codes[0])).ExpectError(HttpStatusCode.TooManyRequests);

        clock.Advance(TimeSpan.FromSeconds(31));
        var again = (await node.Client().Post("/api/v1/auth/login", new { email = rita.Email, password = AccountNode.Password })).Body;
        (await node.Client().Post("/api/v1/auth/mfa", new { mfa_token = again.GetProperty("mfa_token").GetString(), code = codes[0] })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_second_step_must_come_within_minutes()
    {
        var clock = new TestClock();
        await using var node = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var (rita, _, codes) = await EnrolledAsync();
        var asked = (await accounts.LogIn(rita.Email)).Body;

        clock.Advance(Challenges.Lifetime + TimeSpan.FromSeconds(1));

        (await node.Client().Post("/api/v1/auth/mfa", new { mfa_token = asked.GetProperty("mfa_token").GetString(), code = codes[0] }))
            .ExpectError(HttpStatusCode.Unauthorized, "log in again");
        (await Finish(asked, codes[0])).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_changes_a_factor_asks_for_the_password()
    {
        var (rita, _, _) = await EnrolledAsync();
        object wrong = new { current_password = "somebody at an open browser" };

        (await rita.Http.Post("/api/v1/users/me/mfa/totp", wrong)).ExpectInvalid("current_password");
        (await rita.Http.Post("/api/v1/users/me/mfa/recovery-codes", wrong)).ExpectInvalid("current_password");
        (await rita.Http.Post("/api/v1/users/me/mfa/passkeys/options", wrong)).ExpectInvalid("current_password");
        (await rita.Http.Send(HttpMethod.Delete, "/api/v1/users/me/mfa/totp", wrong)).ExpectInvalid("current_password");
        (await rita.Http.Post("/api/v1/users/me/mfa/totp", Own)).ExpectError(HttpStatusCode.Conflict);

        (await rita.Http.Send(HttpMethod.Delete, "/api/v1/users/me/mfa/totp", Own)).Expect(HttpStatusCode.NoContent);
        Assert.True((await accounts.LogIn(rita.Email)).Expect(HttpStatusCode.OK).Body.TryGetProperty("access_token", out _));
        Assert.Equal(0, await accounts.Database.SingleAsync<long>("select count(*) from recovery_codes where user_id = @UserId", rita));
    }

    [Fact]
    public async Task Administrators_are_told_who_has_a_factor_and_other_members_are_not()
    {
        var (rita, _, _) = await EnrolledAsync();
        var email = AccountNode.NewEmail();
        (await rita.Http.Post("/api/v1/users", new { email, password = "the password of Nina", full_name = "Nina", role = "agent" })).Expect(HttpStatusCode.Created);
        var nina = accounts.Node.Client((await accounts.LogIn(email, "the password of Nina")).Body.Deserialize().AccessToken);

        Assert.Equal<(string, bool?)>([("Nina", false), ("Rita", true)], (await rita.Http.Get("/api/v1/users")).As<List<User>>().Select(u => (u.FullName, u.Mfa)));
        Assert.Equal<(string, bool?)>([("Nina", null), ("Rita", null)], (await nina.Get("/api/v1/users")).As<List<User>>().Select(u => (u.FullName, u.Mfa)));
    }

    [Fact]
    public async Task A_member_of_an_organization_that_demands_a_factor_may_only_set_one_up()
    {
        var rita = await accounts.Register();
        var email = AccountNode.NewEmail();
        (await rita.Http.Post("/api/v1/users", new { email, password = "the password of Nina", full_name = "Nina", role = "agent" })).Expect(HttpStatusCode.Created);
        var before = accounts.Node.Client((await accounts.LogIn(email, "the password of Nina")).Body.Deserialize().AccessToken);
        (await before.Get("/api/v1/conversations")).Expect(HttpStatusCode.OK);

        (await before.Put("/api/v1/organization", new { mfa_required = false })).ExpectError(HttpStatusCode.Forbidden);
        Assert.True((await rita.Http.Put("/api/v1/organization", new { mfa_required = true })).Expect(HttpStatusCode.OK).As<Organization>().MfaRequired);

        Assert.True((await before.Get("/api/v1/conversations")).ExpectError(HttpStatusCode.Forbidden, "second factor").Body.GetProperty("mfa_enrolment_required").GetBoolean());
        var answer = (await accounts.LogIn(email, "the password of Nina")).Expect(HttpStatusCode.OK).Body;
        Assert.True(answer.GetProperty("mfa_enrolment_required").GetBoolean());
        var access = answer.GetProperty("access_token").GetString()!;
        var http = accounts.Node.Client(access);
        (await http.Get("/api/v1/users")).ExpectError(HttpStatusCode.Forbidden, "second factor");
        (await http.Put("/api/v1/users/me", new { full_name = "X" })).ExpectError(HttpStatusCode.Forbidden, "second factor");
        var (caller, expires) = (await accounts.Node.Get<TokenReader>().ReadAsync(access))!.Value;
        Assert.Null(await accounts.Node.Get<SocketAdmission>().AdmitAsync(caller, expires, CancellationToken.None));
        Assert.True((await http.Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK).Body.GetProperty("mfa_enrolment_required").GetBoolean());

        object own = new { current_password = "the password of Nina" };
        var secret = (await http.Post("/api/v1/users/me/mfa/totp", own)).Expect(HttpStatusCode.OK).Body.GetProperty("secret").GetString()!;
        (await http.Post("/api/v1/users/me/mfa/totp/confirm", new { code = CodeAt(Of(secret), 0) })).Expect(HttpStatusCode.OK);
        (await http.Get("/api/v1/conversations")).Expect(HttpStatusCode.OK);
        (await http.Send(HttpMethod.Delete, "/api/v1/users/me/mfa/totp", own)).ExpectError(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task An_operator_needs_a_factor_outside_demo_mode()
    {
        var rita = await accounts.Register();
        (string, string)[] operating = [.. AccountNode.Settings, ("Operations:OrganizationId", rita.OrganizationId.ToString())];
        await using var node = TestNode.Start(accounts.Database, operating);
        await using var demo = TestNode.Start(accounts.Database, [.. operating, ("Demo:Enabled", "true")]);

        (await node.Client(rita.Token.AccessToken).Get("/api/v1/ops/nodes")).ExpectError(HttpStatusCode.Forbidden, "second factor");
        (await demo.Client(rita.Token.AccessToken).Get("/api/v1/ops/nodes")).Expect(HttpStatusCode.OK);
        await EnrolAsync(rita.Http);
        (await node.Client(rita.Token.AccessToken).Get("/api/v1/ops/nodes")).Expect(HttpStatusCode.OK);
        (await accounts.Node.Client(rita.Token.AccessToken).Get("/api/v1/ops/nodes")).ExpectError(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task An_administrator_resets_the_factors_of_a_member_and_their_sessions_end()
    {
        var (rita, other) = (await accounts.Register(), (await EnrolledAsync()).Rita);
        (await rita.Http.Delete($"/api/v1/users/{other.UserId}/mfa")).ExpectError(HttpStatusCode.NotFound);

        (await other.Http.Delete($"/api/v1/users/{other.UserId}/mfa")).Expect(HttpStatusCode.NoContent);

        (await other.Http.Get("/api/v1/auth/me")).ExpectError(HttpStatusCode.Unauthorized);
        Assert.True((await accounts.LogIn(other.Email)).Body.TryGetProperty("access_token", out _));
    }

    [Fact]
    public async Task Secrets_and_codes_are_not_readable_in_the_database()
    {
        var (rita, _, codes) = await EnrolledAsync();
        var row = await accounts.Database.SingleAsync<byte[]>("select secret from totp_secrets where user_id = @UserId", rita);

        Assert.Equal(32, accounts.Node.Get<SecretBox>().Open(row!, TotpSecrets.PlaceOf(rita.UserId)).Length);
        var hashes = await accounts.Database.QueryAsync<byte[]>("select code_hash from recovery_codes where user_id = @UserId", rita);
        Assert.Equal(codes.Select(code => Convert.ToHexString(RefreshToken.Hash(code.Replace("-", "", StringComparison.Ordinal)))).Order(), hashes.Select(Convert.ToHexString).Order());
    }

    [Fact]
    public async Task What_becomes_of_factors_is_in_the_audit_trail()
    {
        var (rita, _, _) = await EnrolledAsync();
        (await rita.Http.Post("/api/v1/users/me/mfa/recovery-codes", Own)).Expect(HttpStatusCode.OK);
        (await rita.Http.Put("/api/v1/organization", new { mfa_required = false })).Expect(HttpStatusCode.OK);
        (await rita.Http.Send(HttpMethod.Delete, "/api/v1/users/me/mfa/totp", Own)).Expect(HttpStatusCode.NoContent);
        (await rita.Http.Delete("/api/v1/users/me/sessions")).Expect(HttpStatusCode.NoContent);

        var actions = (await rita.Http.Get("/api/v1/audit")).Expect(HttpStatusCode.OK).Body.EnumerateArray().Select(e => e.GetProperty("action").GetString());

        Assert.Equal(
            ["user.logged_out_everywhere", "user.factor_removed", "organization.changed", "user.recovery_codes_made", "user.factor_added"], actions.Take(5));
    }

    private async Task<(Registered Rita, Totp Totp, string[] Codes)> EnrolledAsync()
    {
        var rita = await accounts.Register();
        var (totp, codes) = await EnrolAsync(rita.Http);
        return (rita, totp, codes);
    }

    private static async Task<(Totp Totp, string[] Codes)> EnrolAsync(HttpClient http)
    {
        var begun = (await http.Post("/api/v1/users/me/mfa/totp", Own)).Expect(HttpStatusCode.OK).Body;
        Assert.StartsWith("otpauth://totp/PyTake:", begun.GetProperty("uri").GetString(), StringComparison.Ordinal);
        var totp = Of(begun.GetProperty("secret").GetString()!);
        (await http.Post("/api/v1/users/me/mfa/totp/confirm", new { code = "000000" })).ExpectInvalid("code");
        var confirmed = (await http.Post("/api/v1/users/me/mfa/totp/confirm", new { code = CodeAt(totp, 0) })).Expect(HttpStatusCode.OK).Body;
        return (totp, [.. confirmed.GetProperty("recovery_codes").EnumerateArray().Select(code => code.GetString()!)]);
    }

    private static Totp Of(string secret) => new(Base32Encoding.ToBytes(secret));

    private static string CodeAt(Totp totp, int steps) => totp.ComputeTotp(DateTime.UtcNow.AddSeconds(30 * steps));

    private Task<Answer> Finish(JsonElement asked, string code)
        => accounts.Node.Client().Post("/api/v1/auth/mfa", new { mfa_token = asked.GetProperty("mfa_token").GetString(), code });
}
