using System.Net;

namespace PyTake.Accounts;

public sealed class PasswordTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Theory]
    [InlineData("7 chars", "8 to 128")]
    [InlineData("        ", "common")]
    [InlineData("password", "common")]
    [InlineData("PassWord1", "common")]
    [InlineData("qwertyuiop", "common")]
    [InlineData("Brasil-2024", null)]
    [InlineData("pytake2026!", "product")]
    [InlineData("PyTakePyTake", "product")]
    [InlineData("RitaPrado1985", "name")]
    [InlineData("rita.prado@acme.example", "e-mail")]
    [InlineData("acmeacme99", "name")]
    [InlineData("correct horse battery staple", null)]
    [InlineData("çãéíõü çã", null)]
    [InlineData("🐎🔋📎🐎🔋📎🐎🔋", null)]
    [InlineData("🐎🔋📎🐎", "8 to 128")]
    [InlineData("nur kleine buchstaben", null)]
    public void A_password_is_refused_for_its_length_and_for_what_is_guessed_first_and_for_nothing_else(string password, string? saying)
    {
        var weakness = PasswordRules.Weakness(password, "rita.prado@acme.example", "Rita Prado", "Acme");

        if (saying is null) Assert.Null(weakness);
        else Assert.Contains(saying, weakness, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_may_have_128_characters_and_no_more()
    {
        Assert.Null(PasswordRules.Weakness(string.Concat(Enumerable.Repeat("a🐎", 64))));
        Assert.NotNull(PasswordRules.Weakness(string.Concat(Enumerable.Repeat("a🐎", 64)) + "a"));
    }

    [Theory]
    [InlineData("zażółć gęślą jaźń 🐎")]
    [InlineData("  two blanks before and after  ")]
    [InlineData("nul \0 within it")]
    public async Task A_password_of_any_characters_opens_its_account_as_it_was_typed(string password)
    {
        var email = AccountNode.NewEmail();
        (await accounts.Node.Client().Post("/api/v1/auth/register", new { email, password, full_name = "Rita", organization_name = "Acme" }))
            .Expect(HttpStatusCode.Created);

        (await accounts.LogIn(email, password)).Expect(HttpStatusCode.OK);
        (await accounts.LogIn(email, password.Trim() + "!")).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_weak_password_is_refused_in_words_wherever_one_is_set()
    {
        var rita = await accounts.Register();

        (await rita.Http.Post("/api/v1/users", new { email = AccountNode.NewEmail(), password = "password1", full_name = "Nina", role = "agent" }))
            .ExpectInvalid("password").ExpectError(HttpStatusCode.UnprocessableEntity, "common");
        (await rita.Http.Put("/api/v1/users/me/password", new { current_password = AccountNode.Password, new_password = rita.Email }))
            .ExpectInvalid("new_password").ExpectError(HttpStatusCode.UnprocessableEntity, "your e-mail");
    }

    [Fact]
    public async Task Changing_the_password_ends_the_other_sessions_and_the_old_password()
    {
        var rita = await accounts.Register();
        var phone = (await accounts.LogIn(rita.Email)).Expect(HttpStatusCode.OK).Body.Deserialize();

        (await rita.Http.Put("/api/v1/users/me/password", new { current_password = "not it, I fear", new_password = "another rainy day" }))
            .ExpectInvalid("current_password");
        (await rita.Http.Put("/api/v1/users/me/password", new { current_password = AccountNode.Password, new_password = "another rainy day" }))
            .Expect(HttpStatusCode.OK);

        (await rita.Http.Get("/api/v1/auth/me")).Expect(HttpStatusCode.OK);
        (await accounts.Refresh(rita.Token.RefreshToken)).Expect(HttpStatusCode.OK);
        (await accounts.Node.Client(phone.AccessToken).Get("/api/v1/auth/me")).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.Refresh(phone.RefreshToken)).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.LogIn(rita.Email)).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.LogIn(rita.Email, "another rainy day")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_hash_of_a_former_version_still_opens_its_account()
    {
        var rita = await accounts.Register();
        var identity = new Microsoft.AspNetCore.Identity.PasswordHasher<object>(Microsoft.Extensions.Options.Options.Create(
            new Microsoft.AspNetCore.Identity.PasswordHasherOptions { IterationCount = 1000 }));
        await accounts.Database.ExecuteAsync(
            "update users set password_hash = @hash where id = @UserId", new { rita.UserId, hash = identity.HashPassword(this, "Antigo123") });

        (await accounts.LogIn(rita.Email, "Antigo123")).Expect(HttpStatusCode.OK);
        (await accounts.LogIn(rita.Email)).ExpectError(HttpStatusCode.Unauthorized);
    }
}
