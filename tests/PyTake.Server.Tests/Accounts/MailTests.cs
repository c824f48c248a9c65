using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;

namespace PyTake.Accounts;

public sealed partial class MailTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    private const string Chosen = "a newly chosen one";

    [Fact]
    public async Task Whoever_forgot_the_password_gets_a_link_by_mail_that_sets_a_new_one_once_and_ends_all_sessions()
    {
        using var server = new MailServer();
        await using var node = Node(server.Settings);
        var rita = await accounts.Register();

        Assert.Equal(HttpStatusCode.Accepted, (await Forgot(node, rita.Email.ToUpperInvariant())).Status);
        var mail = await server.Next();
        var token = TokenOf(mail, "reset");

        Assert.Equal(rita.Email, mail.To.Mailboxes.Single().Address, ignoreCase: true);
        (await Reset(node, token, "password1")).ExpectInvalid("new_password");
        (await Reset(node, token, Chosen)).Expect(HttpStatusCode.OK);
        (await Reset(node, token, "and yet another one")).ExpectError(HttpStatusCode.BadRequest, "used");
        (await rita.Http.Get("/api/v1/auth/me")).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.Refresh(rita.Token.RefreshToken)).ExpectError(HttpStatusCode.Unauthorized);
        (await accounts.LogIn(rita.Email, Chosen)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_unknown_address_is_answered_alike_and_gets_no_mail()
    {
        using var server = new MailServer();
        await using var node = Node(server.Settings);
        var rita = await accounts.Register();

        var unknown = (await Forgot(node, AccountNode.NewEmail())).Expect(HttpStatusCode.Accepted);
        var known = (await Forgot(node, rita.Email)).Expect(HttpStatusCode.Accepted);

        Assert.Equal(known.Text, unknown.Text);
        // Mails are sent in the order of their jobs, so that one for the unknown address would have come first.
        Assert.Equal(rita.Email, (await server.Next()).To.Mailboxes.Single().Address);
    }

    [Fact]
    public async Task An_address_of_two_organizations_gets_a_link_for_each_account_and_each_changes_its_own()
    {
        using var server = new MailServer();
        await using var node = Node(server.Settings);
        var (rita, other) = (await accounts.Register(), await accounts.Register());
        (await other.Http.Post("/api/v1/users", new { email = rita.Email, password = "what they chose", full_name = "Rita", role = "agent" })).Expect(HttpStatusCode.Created);

        await Forgot(node, rita.Email);
        var tokens = Tokens(await server.Next(), "reset");

        Assert.Equal(2, tokens.Length);
        (await Reset(node, tokens[0], Chosen)).Expect(HttpStatusCode.OK);
        var opened = new[] { AccountNode.Password, "what they chose", Chosen };
        var answers = await Task.WhenAll(opened.Select(password => accounts.LogIn(rita.Email, password)));
        Assert.Equal(2, answers.Count(a => a.Status == HttpStatusCode.OK));
        Assert.Equal(HttpStatusCode.OK, answers[2].Status);
    }

    [Fact]
    public async Task A_reset_link_is_good_for_an_hour()
    {
        using var server = new MailServer();
        var clock = new TestClock();
        await using var node = Node(server.Settings);
        await using var later = TestNode.Start(accounts.Database, services => services.AddSingleton<TimeProvider>(clock), AccountNode.Settings);
        var rita = await accounts.Register();
        await Forgot(node, rita.Email);
        var token = TokenOf(await server.Next(), "reset");

        clock.Advance(TimeSpan.FromMinutes(61));

        (await Reset(later, token, Chosen)).ExpectError(HttpStatusCode.BadRequest);
        (await Reset(node, token, Chosen)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_invitation_is_mailed_and_what_the_database_holds_of_it_cannot_be_read()
    {
        using var server = new MailServer();
        await using var silent = TestNode.Start(accounts.Database, [.. AccountNode.Settings, .. server.Settings]);
        var rita = await accounts.Register();
        var email = AccountNode.NewEmail();

        var invited = (await silent.Client(rita.Token.AccessToken).Post("/api/v1/users", new { email, full_name = "Nina", role = "agent" })).Expect(HttpStatusCode.Created).Body;
        Assert.True(invited.GetProperty("mailed").GetBoolean());
        var stored = await accounts.Database.QueryAsync<byte[]>("select sealed from mails");
        Assert.DoesNotContain(stored, row => System.Text.Encoding.UTF8.GetString(row).Contains(email, StringComparison.Ordinal));

        await using var worker = Node(server.Settings);
        var mail = await server.Next();
        Assert.Equal(email, mail.To.Mailboxes.Single().Address);
        Assert.Equal(invited.GetProperty("invitation_url").GetString()!.Split('#')[1], TokenOf(mail, "invitation"));
    }

    [Fact]
    public async Task A_mail_that_the_server_did_not_take_is_sent_when_it_is_back()
    {
        int port;
        using (var gone = new MailServer()) port = gone.Port;
        await using var node = Node(MailServer.SettingsFor(port));
        var rita = await accounts.Register();

        (await Forgot(node, rita.Email)).Expect(HttpStatusCode.Accepted);
        using var back = new MailServer(port);
        await accounts.Database.ExecuteAsync("update mails set created_at = created_at - interval '3 minutes'");
        await node.Get<MailQueue>().CatchUpAsync(CancellationToken.None);

        Assert.Equal(rita.Email, (await back.Next()).To.Mailboxes.Single().Address);
    }

    [Fact]
    public async Task Without_a_mail_server_the_answer_is_the_same_and_nothing_is_stored()
    {
        var rita = await accounts.Register();

        (await Forgot(accounts.Node, rita.Email)).Expect(HttpStatusCode.Accepted);

        Assert.Equal(0, await accounts.Database.SingleAsync<long>("select count(*) from account_links where user_id = @UserId", rita));
    }

    private TestNode Node((string, string)[] mail) => TestNode.Start(accounts.Database, [.. AccountNode.Settings, .. mail, ("Workers:Enabled", "true")]);

    private static Task<Answer> Forgot(TestNode node, string email) => node.Client().Post("/api/v1/auth/forgot", new { email });

    private static Task<Answer> Reset(TestNode node, string token, string password)
        => node.Client().Post("/api/v1/auth/reset", new { token, new_password = password });

    private static string TokenOf(MimeMessage mail, string page) => Tokens(mail, page).Single();

    private static string[] Tokens(MimeMessage mail, string page)
        => [.. Link().Matches(mail.TextBody!).Where(link => link.Groups["page"].Value == page).Select(link => link.Groups["token"].Value)];

    [GeneratedRegex(@"https://inbox\.example\.com/(?<page>\w+)#(?<token>[\w-]{43})\s")]
    private static partial Regex Link();
}
