using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace PyTake.Accounts;

public sealed class TokenTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task Only_a_token_that_this_installation_signed_and_that_has_not_expired_is_accepted()
    {
        var rita = await accounts.Register();
        var good = new JsonWebToken(rita.Token.AccessToken);
        var session = Guid.Parse(good.GetClaim("sid").Value);
        var claims = Base64UrlEncoder.Decode(good.EncodedPayload);
        string Token(TimeSpan? lifetime = null, string key = TestNode.SigningKey)
            => Given.Token(rita.UserId, rita.OrganizationId, Role.OrgAdmin, session, lifetime, key);

        await AssertRefused(Token(lifetime: TimeSpan.FromSeconds(-1)));
        await AssertRefused(Token(key: "another key that is just as long as the other"));
        await AssertRefused(Changed(good, "iss", "somebody"));
        await AssertRefused(Changed(good, "aud", "somebody"));
        await AssertRefused(Changed(good, "type", "refresh"));
        await AssertRefused(Changed(good, "sid", "none"));
        await AssertRefused(Signed("HS512", claims, HMACSHA512.HashData));
        await AssertRefused(Signed("none", claims, (_, _) => []));
        await AssertRefused(rita.Token.RefreshToken);
        await AssertRefused("");
        foreach (var token in new[] { Token(), Signed("HS256", claims, HMACSHA256.HashData) })
            (await accounts.Node.Client(token).Get("/api/v1/users")).Expect(HttpStatusCode.OK);
        Assert.NotNull(await accounts.Node.Get<TokenReader>().ReadAsync(Token()));
    }

    [Fact]
    public async Task A_token_in_the_address_opens_no_rest_route()
    {
        var rita = await accounts.Register();

        (await accounts.Node.Client().Get($"/api/v1/users?access_token={rita.Token.AccessToken}")).ExpectError(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_signing_key_is_changed_without_anybody_having_to_sign_in_again()
    {
        const string Next = "the next signing key of tests, long enough";
        var rita = await accounts.Register();
        var (old, anew) = (rita.Token.AccessToken, Given.Token(rita.UserId, rita.OrganizationId, Role.OrgAdmin, Session(rita), signingKey: Next));
        // First every node is set to accept the next key, then each begins to sign with it; both kinds of node run at the same time.
        await using var learned = TestNode.Start(accounts.Database, ("Accounts:OtherSigningKeys:0", Next));
        await using var changed = TestNode.Start(accounts.Database, ("Accounts:SigningKey", Next), ("Accounts:OtherSigningKeys:0", TestNode.SigningKey));
        await using var done = TestNode.Start(accounts.Database, ("Accounts:SigningKey", Next));

        foreach (var node in (TestNode[])[learned, changed])
            foreach (var token in (string[])[old, anew])
            {
                (await node.Client(token).Get("/api/v1/users")).Expect(HttpStatusCode.OK);
                await using var socket = await SignalRClient.ConnectAsync(node.Url, token);
            }
        Assert.Equal(TestNode.SigningKey, SignerOf(await RefreshedBy(learned, rita.Token.RefreshToken), Next));
        (await done.Client(anew).Get("/api/v1/users")).Expect(HttpStatusCode.OK);
        (await done.Client(old).Get("/api/v1/users")).ExpectError(HttpStatusCode.Unauthorized);
        // A browser whose access token is refused refreshes it, because refresh tokens are not signed.
        var again = await accounts.LogIn(rita.Email);
        Assert.Equal(Next, SignerOf(await RefreshedBy(done, again.Body.GetProperty("refresh_token").GetString()!), Next));
    }

    private static Guid Session(Registered user) => Guid.Parse(new JsonWebToken(user.Token.AccessToken).GetClaim("sid").Value);

    private static async Task<JsonWebToken> RefreshedBy(TestNode node, string refreshToken)
        => new((await node.Client().Post("/api/v1/auth/refresh", new { refresh_token = refreshToken })).Expect(HttpStatusCode.OK).Body.GetProperty("access_token").GetString());

    private static string? SignerOf(JsonWebToken token, params string[] others) => others.Append(TestNode.SigningKey).SingleOrDefault(key =>
        token.EncodedSignature == Base64UrlEncoder.Encode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{token.EncodedHeader}.{token.EncodedPayload}"))));

    private async Task AssertRefused(string token)
    {
        using var http = accounts.Node.Client();
        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        (await http.Get("/api/v1/users")).ExpectError(HttpStatusCode.Unauthorized);
        Assert.Null(await accounts.Node.Get<TokenReader>().ReadAsync(token));
    }

    private static string Changed(JsonWebToken good, string claim, string value)
    {
        var claims = JsonNode.Parse(Base64UrlEncoder.Decode(good.EncodedPayload))!;
        claims[claim] = value;
        return Signed("HS256", claims.ToJsonString(), HMACSHA256.HashData);
    }

    private static string Signed(string algorithm, string claims, Func<byte[], byte[], byte[]> sign)
    {
        var signed = $"{Base64UrlEncoder.Encode($$"""{"alg":"{{algorithm}}","typ":"JWT"}""")}.{Base64UrlEncoder.Encode(claims)}";
        return $"{signed}.{Base64UrlEncoder.Encode(sign(Encoding.UTF8.GetBytes(TestNode.SigningKey), Encoding.UTF8.GetBytes(signed)))}";
    }
}
