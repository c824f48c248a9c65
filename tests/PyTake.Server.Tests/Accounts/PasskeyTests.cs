using System.Net;
using System.Text.Json;

namespace PyTake.Accounts;

public sealed class PasskeyTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    private static readonly object Own = new { current_password = AccountNode.Password };

    [Fact]
    public async Task A_passkey_alone_logs_its_user_in()
    {
        var (rita, key) = await RegisteredAsync();

        var answer = (await Finish(await Ask(), key)).Expect(HttpStatusCode.OK).Body;

        Assert.Equal(rita.UserId, answer.GetProperty("user").GetProperty("id").GetGuid());
        (await accounts.Node.Client(answer.GetProperty("access_token").GetString()).Get("/api/v1/conversations")).Expect(HttpStatusCode.OK);
        var shown = (await rita.Http.Get("/api/v1/users/me/mfa")).Body;
        Assert.Equal(("Laptop", JsonValueKind.String),
            (shown.GetProperty("passkeys")[0].GetProperty("name").GetString(), shown.GetProperty("passkeys")[0].GetProperty("last_used_at").ValueKind));
        Assert.Equal(10, shown.GetProperty("recovery_codes_left").GetInt32());
    }

    [Fact]
    public async Task A_passkey_is_the_second_step_of_a_login_with_a_password()
    {
        var (rita, key) = await RegisteredAsync();
        var asked = (await accounts.LogIn(rita.Email)).Expect(HttpStatusCode.OK).Body;
        Assert.Equal(["passkey", "recovery_code"], asked.GetProperty("methods").EnumerateArray().Select(m => m.GetString()));

        var step = await Ask(asked.GetProperty("mfa_token").GetString());

        Assert.Equal(1, step.GetProperty("public_key").GetProperty("allowCredentials").GetArrayLength());
        (await Finish(step, key)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Somebody_elses_passkey_is_no_second_step()
    {
        var (rita, _) = await RegisteredAsync();
        var (_, other) = await RegisteredAsync();
        var asked = (await accounts.LogIn(rita.Email)).Body;

        (await Finish(await Ask(asked.GetProperty("mfa_token").GetString()), other)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task What_was_signed_for_one_login_opens_no_other()
    {
        var (_, key) = await RegisteredAsync();
        var (first, second) = (await Ask(), await Ask());
        var answer = key.Get(first.GetProperty("public_key"));

        (await Send(second, answer)).ExpectError(HttpStatusCode.Unauthorized);
        (await Send(first, answer)).Expect(HttpStatusCode.OK);
        (await Send(first, answer)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_authenticator_that_did_not_verify_its_user_opens_nothing()
    {
        var (_, key) = await RegisteredAsync();

        key.VerifiesUser = false;

        (await Finish(await Ask(), key)).ExpectError(HttpStatusCode.Unauthorized);
        var rita = await accounts.Register();
        var step = (await rita.Http.Post("/api/v1/users/me/mfa/passkeys/options", Own)).Body;
        (await Add(rita, step, new SoftwareAuthenticator { VerifiesUser = false })).ExpectInvalid("credential");
    }

    [Fact]
    public async Task A_page_of_another_site_gets_nothing_signed_that_is_good_here()
    {
        var rita = await accounts.Register();
        var step = (await rita.Http.Post("/api/v1/users/me/mfa/passkeys/options", Own)).Body;

        (await Add(rita, step, new SoftwareAuthenticator("https://inbox.example.com.evil.example"))).ExpectInvalid("credential");
        (await Add(rita, step, new SoftwareAuthenticator())).ExpectError(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_copy_of_an_authenticator_that_counts_is_refused()
    {
        var rita = await accounts.Register();
        var key = await AddAsync(rita, new SoftwareAuthenticator { Count = 1 });
        (await Finish(await Ask(), key)).Expect(HttpStatusCode.OK);

        key.Count -= 1;

        (await Finish(await Ask(), key)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_passkey_that_was_removed_or_whose_user_is_deactivated_opens_nothing()
    {
        var (rita, key) = await RegisteredAsync();
        await accounts.Database.ExecuteAsync("update users set is_active = false where id = @UserId", rita);
        (await Finish(await Ask(), key)).ExpectError(HttpStatusCode.Forbidden);
        await accounts.Database.ExecuteAsync("update users set is_active = true where id = @UserId", rita);

        var id = (await rita.Http.Get("/api/v1/users/me/mfa")).Body.GetProperty("passkeys")[0].GetProperty("id").GetGuid();
        (await (await accounts.Register()).Http.Send(HttpMethod.Delete, $"/api/v1/users/me/mfa/passkeys/{id}", Own)).ExpectError(HttpStatusCode.NotFound);
        (await rita.Http.Send(HttpMethod.Delete, $"/api/v1/users/me/mfa/passkeys/{id}", new { current_password = "not it, I fear" })).ExpectInvalid("current_password");
        (await rita.Http.Send(HttpMethod.Delete, $"/api/v1/users/me/mfa/passkeys/{id}", Own)).Expect(HttpStatusCode.NoContent);

        (await Finish(await Ask(), key)).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_passkey_is_registered_by_whoever_asked_for_it()
    {
        var (rita, other) = (await accounts.Register(), await accounts.Register());
        var step = (await rita.Http.Post("/api/v1/users/me/mfa/passkeys/options", Own)).Body;

        (await Add(other, step, new SoftwareAuthenticator())).ExpectError(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"id":"AA","rawId":"AA","type":"public-key","response":{}}""")]
    [InlineData("""{"id":"AA","rawId":"AA","type":"public-key","response":{"authenticatorData":"AA","signature":"AA","clientDataJSON":"AA","attestationObject":"AA"}}""")]
    [InlineData("""{"id":5,"rawId":{},"type":"x"}""")]
    public async Task An_answer_that_makes_no_sense_is_refused(string credential)
    {
        var rita = await accounts.Register();
        var json = JsonDocument.Parse(credential).RootElement;

        (await Send(await Ask(), json)).ExpectError(HttpStatusCode.Unauthorized);
        var step = (await rita.Http.Post("/api/v1/users/me/mfa/passkeys/options", Own)).Body;
        (await rita.Http.Post("/api/v1/users/me/mfa/passkeys", new { state = step.GetProperty("state").GetString(), name = "Laptop", credential = json }))
            .ExpectInvalid("credential");
    }

    [Fact]
    public async Task A_passkey_is_asked_for_at_the_configured_address_alone()
    {
        await using var node = TestNode.Start(accounts.Database, [.. AccountNode.Settings, ("Accounts:PublicUrl", "")]);

        Assert.Equal("inbox.example.com", (await Ask()).GetProperty("public_key").GetProperty("rpId").GetString());
        (await node.Client().Post("/api/v1/auth/passkey/options", new { })).ExpectError(HttpStatusCode.Conflict, "PublicUrl");
    }

    [Fact]
    public async Task A_passkey_is_a_second_factor_for_an_organization_that_demands_one()
    {
        var rita = await accounts.Register();
        (await rita.Http.Put("/api/v1/organization", new { mfa_required = true })).Expect(HttpStatusCode.OK);
        (await rita.Http.Get("/api/v1/conversations")).ExpectError(HttpStatusCode.Forbidden);

        await AddAsync(rita, new SoftwareAuthenticator());

        (await rita.Http.Get("/api/v1/conversations")).Expect(HttpStatusCode.OK);
    }

    private async Task<(Registered Rita, SoftwareAuthenticator Key)> RegisteredAsync()
    {
        var rita = await accounts.Register();
        return (rita, await AddAsync(rita, new SoftwareAuthenticator()));
    }

    private static async Task<SoftwareAuthenticator> AddAsync(Registered rita, SoftwareAuthenticator key)
    {
        var step = (await rita.Http.Post("/api/v1/users/me/mfa/passkeys/options", Own)).Expect(HttpStatusCode.OK).Body;
        (await Add(rita, step, key)).Expect(HttpStatusCode.Created);
        return key;
    }

    private static Task<Answer> Add(Registered rita, JsonElement step, SoftwareAuthenticator key) => rita.Http.Post("/api/v1/users/me/mfa/passkeys", new
    {
        state = step.GetProperty("state").GetString(), name = " Laptop ", credential = key.Create(step.GetProperty("public_key")),
    });

    private async Task<JsonElement> Ask(string? mfaToken = null)
        => (await accounts.Node.Client().Post("/api/v1/auth/passkey/options", new { mfa_token = mfaToken })).Expect(HttpStatusCode.OK).Body;

    private Task<Answer> Finish(JsonElement step, SoftwareAuthenticator key) => Send(step, key.Get(step.GetProperty("public_key")));

    private Task<Answer> Send(JsonElement step, object credential)
        => accounts.Node.Client().Post("/api/v1/auth/passkey", new { state = step.GetProperty("state").GetString(), credential });
}
