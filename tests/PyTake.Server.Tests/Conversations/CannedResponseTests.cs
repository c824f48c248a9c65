using System.Net;

namespace PyTake.Conversations;

public sealed class CannedResponseTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    private const string Path = "/api/v1/canned-responses/";

    [Fact]
    public async Task Agents_keep_them_and_viewers_read_them()
    {
        var organization = await Given.Organization(fixture.Node);

        var created = (await organization.Agent.Http.Post(Path, new { short_code = " /Hello", text = "Hello!" })).Expect(HttpStatusCode.Created).As<CannedResponse>();
        var changed = (await organization.Agent.Http.Put(Path + created.Id, new { text = "Hello again!" })).Expect(HttpStatusCode.OK).As<CannedResponse>();

        Assert.Equal(("hello", "Hello again!"), (changed.ShortCode, changed.Text));
        Assert.Equal([changed], (await organization.Viewer.Http.Get(Path)).As<CannedResponse[]>());
        (await organization.Viewer.Http.Delete(Path + created.Id)).ExpectError(HttpStatusCode.Forbidden);
        (await organization.Agent.Http.Delete(Path + created.Id)).Expect(HttpStatusCode.NoContent);
        (await organization.Agent.Http.Delete(Path + created.Id)).ExpectError(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task An_organization_has_no_more_than_fit_into_one_answer()
    {
        var organization = await Given.Organization(fixture.Node);
        await fixture.Database.ExecuteAsync("""
            insert into canned_responses (id, organization_id, short_code, text, created_at, updated_at)
            select gen_random_uuid(), @Id, 'code' || n, repeat('€', 4096), now(), now() from generate_series(1, 300) n
            """, new { organization.Id });

        (await organization.Agent.Http.Post(Path, new { short_code = "one-more", text = "Hello!" })).ExpectError(HttpStatusCode.Conflict, "as many as");
        using var answer = await organization.Agent.Http.GetAsync(Path, TestContext.Current.CancellationToken);
        Assert.InRange((await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length, 3_000_000, 4 * 1024 * 1024);
    }

    [Fact]
    public async Task A_code_stands_for_one_text_in_each_organization()
    {
        var (ours, theirs) = (await Given.Organization(fixture.Node), await Given.Organization(fixture.Node));
        var hello = (await ours.Agent.Http.Post(Path, new { short_code = "hello", text = "Hello!" })).As<CannedResponse>();
        var bye = (await ours.Agent.Http.Post(Path, new { short_code = "bye", text = "Bye!" })).As<CannedResponse>();

        (await ours.Agent.Http.Post(Path, new { short_code = "HELLO", text = "Hi" })).ExpectError(HttpStatusCode.Conflict);
        (await ours.Agent.Http.Put(Path + bye.Id, new { short_code = "hello" })).ExpectError(HttpStatusCode.Conflict);
        (await theirs.Agent.Http.Post(Path, new { short_code = "hello", text = "Hi" })).Expect(HttpStatusCode.Created);
        (await theirs.Agent.Http.Put(Path + hello.Id, new { text = "Hi" })).ExpectError(HttpStatusCode.NotFound);
        (await theirs.Agent.Http.Delete(Path + hello.Id)).ExpectError(HttpStatusCode.NotFound);
        (await ours.Agent.Http.Post(Path, new { short_code = "two words", text = "Hi" })).ExpectInvalid("short_code");
        (await ours.Agent.Http.Post(Path, new { short_code = "x" })).ExpectInvalid("text");
    }
}
