using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PyTake.Accounts;

namespace PyTake.WhatsApp.Numbers;

/// <summary>How an installation's encryption key is changed: infra/README, Rotating secrets.</summary>
public sealed class ReencryptTests
{
    private static readonly string OldKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private static readonly string NewKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public async Task A_key_is_changed_while_nodes_go_on_and_then_opens_nothing_any_more()
    {
        await using var database = await TestDatabase.CreateAsync();
        // The new key is known everywhere before anything is encrypted with it.
        await using var before = Node(database, OldKey, NewKey);
        var organization = await Given.Organization(before);
        await Save(organization, "EAAG-token", "app secret of ours, 32 characters", "verify token of ours");
        await using var after = Node(database, NewKey, OldKey);
        Assert.Equal("oken", (await Shown(after, organization)).AccessTokenLast4);

        var (exitCode, output) = await Reencrypt(database, NewKey, OldKey);

        Assert.Equal(0, exitCode);
        Assert.Contains("3 secrets were re-encrypted", output, StringComparison.Ordinal);
        Assert.Equal(["EAAG-token", "app secret of ours, 32 characters", "verify token of ours"], await Secrets(database, organization, NewKey));
        await Assert.ThrowsAsync<CryptographicException>(() => Secrets(database, organization, OldKey));
        Assert.Equal("oken", (await Shown(before, organization)).AccessTokenLast4);
        Assert.Contains("0 secrets were re-encrypted", (await Reencrypt(database, NewKey, OldKey)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_of_the_version_before_are_bound_to_their_rows()
    {
        await using var database = await TestDatabase.CreateAsync();
        var key = Convert.ToBase64String(new byte[32]);
        await using var node = Node(database, key);
        var organization = await Given.Organization(node);
        await Save(organization, "EAAG-token", "app secret of ours, 32 characters", "verify token of ours");
        await database.ExecuteAsync("update whatsapp_numbers set access_token = @old where id = @Id",
            new { organization.Number.Id, old = Convert.FromHexString(SecretBoxTests.Unbound) });

        var (exitCode, output) = await Reencrypt(database, key);

        Assert.Equal(0, exitCode);
        Assert.Contains("1 secrets were re-encrypted", output, StringComparison.Ordinal);
        Assert.Equal(["EAAG-of-the-version-before", "app secret of ours, 32 characters", "verify token of ours"], await Secrets(database, organization, key));
        Assert.Equal(2, await database.SingleAsync<int>("select get_byte(access_token, 0) from whatsapp_numbers where id = @Id", organization.Number));
    }

    [Fact]
    public async Task What_no_key_opens_is_named_and_left_as_it_is()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = Node(database, OldKey);
        var organization = await Given.Organization(node);
        await Save(organization, "EAAG-token", "app secret of ours, 32 characters", "verify token of ours");

        var (exitCode, output) = await Reencrypt(database, NewKey);

        Assert.Equal(1, exitCode);
        Assert.Contains($"The app_secret of number {organization.Number.Id} can", output, StringComparison.Ordinal);
        Assert.Equal(["EAAG-token", "app secret of ours, 32 characters", "verify token of ours"], await Secrets(database, organization, OldKey));
    }

    private static TestNode Node(TestDatabase database, params string[] keys) => TestNode.Start(database, Settings(keys));

    private static (string, string)[] Settings(string[] keys) => [.. keys.Select((key, i) => ($"Encryption:Keys:{i}", key))];

    private static Task<(int ExitCode, string Output)> Reencrypt(TestDatabase database, params string[] keys)
        => ServerProcess.Run(["reencrypt"], [("ConnectionStrings:Postgres", database.NodeConnectionString), .. Settings(keys)]);

    private static async Task Save(TestOrganization organization, string token, string appSecret, string verifyToken)
        => (await organization.Admin.Http.Put($"/api/v1/whatsapp/{organization.Number.Id}",
            new { access_token = token, app_secret = appSecret, webhook_verify_token = verifyToken })).Expect(HttpStatusCode.OK);

    private static async Task<Number> Shown(TestNode node, TestOrganization organization)
        => (await node.Client(organization.Admin.Token).Get($"/api/v1/whatsapp/{organization.Number.Id}")).Expect(HttpStatusCode.OK).As<Number>();

    private static async Task<string[]> Secrets(TestDatabase database, TestOrganization organization, string key)
    {
        var box = new SecretBox(Options.Create(new EncryptionOptions { Keys = [key] }));
        var (token, secret, verify) = await database.SingleAsync<(byte[], byte[], byte[])>(
            "select access_token, app_secret, webhook_verify_token from whatsapp_numbers where id = @Id", organization.Number);
        SecretPlace Place(string column) => NumberStore.PlaceOf(organization.Number.Id, column);
        return [box.Open(token, Place("access_token")), box.Open(secret, Place("app_secret")), box.Open(verify, Place("webhook_verify_token"))];
    }
}
