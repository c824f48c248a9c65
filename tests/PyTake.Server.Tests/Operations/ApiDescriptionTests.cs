using System.Net;
using System.Text.Json;

namespace PyTake.Operations;

public sealed class ApiDescriptionTests(NodeFixture fixture) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task Describes_every_route_with_its_answers()
    {
        using var http = fixture.Node.Client();

        var document = (await http.Get("/openapi/v1.json")).Expect(HttpStatusCode.OK).Body;

        Assert.StartsWith("3.", document.GetProperty("openapi").GetString());
        Assert.Equal("http", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("type").GetString());
        var send = Operation(document, "/api/v1/conversations/{id}/messages", "post");
        Assert.Equal(["200", "201", "401", "403", "404", "409", "422"], Answers(send));
        Assert.Equal("messages", send.GetProperty("tags")[0].GetString());
        Assert.Equal("bearer", send.GetProperty("security")[0].EnumerateObject().Single().Name);
        Assert.EndsWith("/Message", Schema(send, "201"));
        Assert.EndsWith("/ErrorBody", Schema(send, "409"));
        Assert.Equal(["200", "401", "404"], Answers(Operation(document, "/api/v1/conversations/{id}", "get")));
        Assert.False(Operation(document, "/health", "get").TryGetProperty("security", out _));
    }

    [Fact]
    public async Task Names_query_parameters_and_fields_as_in_requests()
    {
        using var http = fixture.Node.Client();

        var document = (await http.Get("/openapi/v1.json")).Body;

        var names = Operation(document, "/api/v1/conversations", "get").GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString());
        Assert.Equal([
            "active", "agent_id", "assigned_to_me", "before", "changed_after", "contact_id", "department_id", "failed", "limit", "q", "skip", "status", "tag",
            "unassigned", "unread", "view", "whatsapp_number_id",
        ], names.Order());
        var fields = document.GetProperty("components").GetProperty("schemas").GetProperty("Message").GetProperty("properties");
        Assert.True(fields.TryGetProperty("reply_to_message_id", out _));
    }

    private static JsonElement Operation(JsonElement document, string path, string method)
        => document.GetProperty("paths").GetProperty(path).GetProperty(method);

    private static IEnumerable<string> Answers(JsonElement operation) => operation.GetProperty("responses").EnumerateObject().Select(r => r.Name).Order();

    private static string Schema(JsonElement operation, string status) => operation.GetProperty("responses").GetProperty(status)
        .GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString()!;
}
