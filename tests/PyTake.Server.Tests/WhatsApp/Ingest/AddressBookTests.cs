using System.Net;
using System.Text;

namespace PyTake.WhatsApp.Ingest;

/// <summary>Names from the address book of the business's phone app (smb_app_state_sync).</summary>
public abstract class AddressBookTests(NodeFixture fixture)
{
    private readonly TestNode _node = fixture.Node;

    [Fact]
    public async Task It_names_a_contact_that_has_no_name()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node, Meta.Text(organization.Number, "5511911112222", "Oi", name: null));
        Assert.Equal(["5511911112222 "], await Names(organization));

        await Sync(organization);

        Assert.Equal(["5511911112222 Ana Prado"], await Names(organization));
    }

    [Fact]
    public async Task It_changes_no_name_that_a_contact_has()
    {
        var organization = await Given.Organization(_node);
        await Meta.Deliver(_node, Meta.Text(organization.Number, "5511911112222", "Oi", name: "aninha ✨"));

        await Sync(organization);

        Assert.Equal(["5511911112222 aninha ✨"], await Names(organization));
    }

    [Fact]
    public async Task A_name_that_comes_before_the_first_message_is_kept_and_stays()
    {
        var organization = await Given.Organization(_node);
        await Sync(organization);
        await Sync(organization);

        await Meta.Deliver(_node, Meta.Text(organization.Number, "5511911112222", "Oi", name: "aninha ✨"));

        Assert.Equal(["5511911112222 Ana Prado"], await Names(organization));
        Assert.Equal("Ana Prado", (await organization.Agent.Http.Get("/api/v1/conversations")).Body[0].GetProperty("contact").GetProperty("name").GetString());
    }

    private async Task Sync(TestOrganization organization)
    {
        var body = Encoding.Latin1.GetString(Fixture.Load("51-app-state").Body).Replace(Fixture.PhoneNumberId, organization.Number.PhoneNumberId);
        Assert.Equal(HttpStatusCode.OK, await Meta.Post(_node, Encoding.Latin1.GetBytes(body)));
        await Meta.Work(_node);
    }

    private Task<List<string>> Names(TestOrganization organization)
        => _node.Database.QueryAsync<string>("select whatsapp_id || ' ' || coalesce(name, '') from contacts where organization_id = @Id", new { organization.Id });
}

/// <summary>Webhooks that are stored first and processed from the queue.</summary>
public sealed class StoredAddressBookTests(NodeFixture fixture) : AddressBookTests(fixture), IClassFixture<NodeFixture>;

/// <summary>Webhooks that take effect in the transaction that acknowledges them.</summary>
public sealed class DirectAddressBookTests(DirectNodeFixture fixture) : AddressBookTests(fixture), IClassFixture<DirectNodeFixture>;
