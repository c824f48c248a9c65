using System.Net;
using PyTake.Accounts;
using PyTake.Operations;

namespace PyTake.Database;

public sealed class DemoDataTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Fact]
    public async Task The_demo_can_be_loaded_again_and_its_users_log_in()
    {
        await using var node = TestNode.Start(accounts.Database, [.. AccountNode.Settings, ("Demo:Enabled", "true"), ("Demo:PhoneNumberId", "4711")]);
        await node.Get<DemoData>().LoadAsync(CancellationToken.None);
        await node.Get<DemoData>().LoadAsync(CancellationToken.None);

        var admin = (await accounts.LogIn("admin@pytake.com", "Admin123")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal("org_admin", admin.GetProperty("user").GetProperty("role").GetString());
        var agent = (await accounts.LogIn("agent@pytake.com", "Agent123")).Expect(HttpStatusCode.OK).Body;
        Assert.Equal("agent", agent.GetProperty("user").GetProperty("role").GetString());
        Assert.Equal("4711", await accounts.Database.SingleAsync<string>("select phone_number_id from whatsapp_numbers where id = @NumberId", new { DemoData.NumberId }));
        Assert.Equal(3, await accounts.Database.SingleAsync<long>("select count(*) from canned_responses where organization_id = @OrganizationId", new { DemoData.OrganizationId }));
        Assert.True(node.Get<OperatingOrganization>().Is(DemoData.OrganizationId));
        Assert.False(accounts.Node.Get<OperatingOrganization>().Is(DemoData.OrganizationId));
    }
}
