using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using PyTake.Accounts;

namespace PyTake.Http;

/// <summary>Sends every route what no client would. Whatever it is, the caller is told so: no answer is a 5xx.</summary>
public sealed partial class RouteFuzzTests(RouteFuzzTests.OperatedNode fixture) : IClassFixture<RouteFuzzTests.OperatedNode>
{
    /// <summary>A node of which every route may be called, because one organization operates it.</summary>
    public sealed class OperatedNode : NodeFixture
    {
        public static readonly Guid Operating = Guid.CreateVersion7();

        protected override (string Key, string Value)[] Settings => [("Operations:OrganizationId", $"{Operating}"), ("Accounts:Registration", "true")];
    }

    // These end the caller's session or never end.
    private static readonly string[] Excluded = ["/api/v1/auth/logout", "/api/v1/users/me/sessions", "/api/v1/users/me/password", "/api/v1/ops/live"];

    private static readonly string Deep = string.Concat(Enumerable.Repeat("{\"a\":", 2_000)) + "1" + new string('}', 2_000);

    // Values for every field that any route knows.
    private static readonly string[] Values =
    [
        "\"\\ud800\"", "\"\\udc00x\"", "\"\\u0000\"", "\"\"", "null", "true", "0", "-1", "1e400", "1e-400", "99999999999999999999999999", "1.5", "[]", "[null]",
        "[\"\\ud83d\"]", "{}", "{\"\\ud800\":1}", "{\"a\":{\"\\udfff\":[]}}", "{\"a\":1,\"a\":2}", "{\"\":\"\"}", "{\"\\u0000\":1}", "[[[[[[[[]]]]]]]]",
        "\"2026-13-45T99:99:99Z\"", "\"00000000-0000-0000-0000-000000000000\"", "\"\\u202e\\ufeff\\uffff\"",
    ];

    private static readonly string[] Bodies =
    [
        "", "null", "[]", "1", "\"\\ud800\"", "{", "{\"\\ud800\":1}", "{\"\\ud800\\ud800\":{\"\\udc00\":\"\\udbff\"}}", "{\"a\":1,\"a\":2}", "\ufeff{}", Deep,
        "{\"text\":\"\\ud800\"}", "{\"content\":{\"\\ud800\":1}}", "{\"message_type\":\"text\",\"content\":{\"text\":\"a\",\"\\udc00\":{}}}",
        "{\"message_type\":\"interactive\",\"content\":{\"interactive\":{\"\\ud800\":1}}}", "{\"attributes\":{\"\\ud800\":1}}", "{\"extra_data\":{\"a\":[{\"\\ud800\":1}]}}",
    ];

    private static readonly string[] Queries =
    [
        "%00", "%ED%A0%80", "%FF", "%", "%u0000", "99999999999999999999", "-9223372036854775809", "1e400", "%F0%9F%98", "%27%3B--", "a%00b", "",
    ];

    [Fact]
    public async Task No_body_makes_a_node_fail()
    {
        var caller = await Caller();
        var fields = await Fields();
        string[] bodies = [.. Bodies, .. Values.Select(value => $"{{{string.Join(',', fields.Select(field => $"\"{field}\":{value}"))}}}")];
        var failed = new List<string>();
        foreach (var (method, path) in Routes().Where(route => route.Method is "POST" or "PUT" or "PATCH" or "DELETE"))
            foreach (var body in bodies)
            {
                var answer = await caller.Http.Send(new(method), path, body);
                if ((int)answer.Status >= 500) failed.Add($"{method} {path} {(body.Length > 80 ? body[..80] : body)}: {answer.Text}");
            }

        Assert.True(failed.Count == 0, string.Join('\n', failed.Take(20)));
    }

    [Fact]
    public async Task No_field_alone_makes_a_node_fail()
    {
        var organization = await Given.Organization(fixture.Node);
        var conversation = await Given.OpenConversation(organization);
        var failed = new List<string>();
        foreach (var (method, path, rest) in new[]
            {
                ("PUT", conversation.Path, "tags,extra_data,status,priority,assigned_agent_id"),
                ("POST", $"{conversation.Path}/notes", "text,client_message_id"),
                ("POST", $"{conversation.Path}/read", "up_to_seq"),
                ("POST", $"{conversation.Path}/assign", "agent_id"),
                ("PUT", $"/api/v1/contacts/{conversation.Contact.Id}", "name,tags,attributes"),
                ("POST", "/api/v1/conversations", "contact_id,whatsapp_number_id,initial_message"),
                ("POST", "/api/v1/canned-responses", "short_code,text"),
            })
            foreach (var field in rest.Split(','))
                foreach (var value in Values)
                {
                    var answer = await organization.Admin.Http.Send(new(method), path, $"{{\"{field}\":{value}}}");
                    if ((int)answer.Status >= 500) failed.Add($"{method} {path} {field}={value}: {answer.Text}");
                }

        Assert.True(failed.Count == 0, string.Join('\n', failed.Take(20)));
    }

    [Theory]
    [InlineData("{\"message_type\":\"text\",\"content\":{\"\\ud800\":1}}")]
    [InlineData("{\"message_type\":\"text\",\"content\":{\"text\":\"a\"},\"\\ud800\":1}")]
    [InlineData("{\"message_type\":\"text\",\"content\":{\"text\":\"a\",\"more\":[{\"\\udc00\":1}]}}")]
    public async Task Half_a_surrogate_pair_in_a_members_name_is_refused_with_words(string body)
    {
        var conversation = await Given.OpenConversation(await Given.Organization(fixture.Node));

        var answer = (await conversation.Organization.Agent.Http.Post($"{conversation.Path}/messages", body)).ExpectError(HttpStatusCode.UnprocessableEntity);

        Assert.Equal("validation_error", answer.Body.GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task No_query_and_no_path_makes_a_node_fail()
    {
        var caller = await Caller();
        var parameters = await Parameters();
        var failed = new List<string>();
        foreach (var (method, path) in Routes().Where(route => route.Method is "GET" or "HEAD"))
            foreach (var value in Queries)
                foreach (var target in (string[])[$"{path}?{string.Join('&', parameters.Select(name => $"{name}={value}"))}", $"{path}/{value}", $"{path}?{value}={value}"])
                    await Ask(method, target);
        foreach (var name in parameters)
            foreach (var value in Queries)
                foreach (var path in (string[])["/api/v1/conversations", "/api/v1/contacts", $"/api/v1/conversations/{Guid.Empty}/messages", "/api/v1/ops/items"])
                    await Ask("GET", $"{path}?{name}={value}");

        Assert.True(failed.Count == 0, string.Join('\n', failed.Take(20)));

        async Task Ask(string method, string target)
        {
            var status = await RawAsync($"{method} {target} HTTP/1.1\r\n", caller.Token);
            if (status is >= 500 or 0) failed.Add($"{method} {target}: {status}");
        }
    }

    [Theory]
    [InlineData("Idempotency-Key: a\0b")]
    [InlineData("Idempotency-Key: \u00ed\u00a0\u0080")]
    [InlineData("Accept: \u00ff\u00fe")]
    [InlineData("If-None-Match: \"")]
    [InlineData("Content-Type: application/json; charset=\u00ff")]
    [InlineData("Cookie: pytake_dashboard=\u00ff; pytake_media=\u00c0\u0080")]
    [InlineData("Range: bytes=99999999999999999999-")]
    [InlineData("traceparent: 00-zz-zz-zz")]
    [InlineData("X-Hub-Signature-256: sha256=\u00ff")]
    [InlineData("Authorization: Bearer \u00ed\u00a0\u0080.\u00ff.e30")]
    public async Task No_header_makes_a_node_fail(string header)
    {
        var caller = await Caller();
        foreach (var (method, path) in Routes())
            Assert.InRange(await RawAsync($"{method} {path} HTTP/1.1\r\n{header}\r\n", header.StartsWith("Authorization", StringComparison.Ordinal) ? null : caller.Token), 100, 499);
    }

    private async Task<TestUser> Caller()
    {
        await fixture.Database.ExecuteAsync("""
            insert into organizations (id, name) values (@Operating, 'Operating') on conflict do nothing;
            insert into inbox_counters (organization_id) values (@Operating) on conflict do nothing;
            """, new { OperatedNode.Operating });
        return await Given.User(fixture.Node, OperatedNode.Operating, Role.OrgAdmin);
    }

    private IEnumerable<(string Method, string Path)> Routes()
        => from endpoint in fixture.Node.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
           where !Excluded.Contains(path) && !path.StartsWith("/hangfire", StringComparison.Ordinal)
           from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"]
           select (method, Parameter().Replace(path, match => match.Value.EndsWith(":guid}", StringComparison.Ordinal) ? Guid.Empty.ToString() : "1"));

    private async Task<string[]> Fields()
    {
        var document = (await fixture.Node.Client().Get("/openapi/v1.json")).Expect(HttpStatusCode.OK).Body;
        return [.. document.GetProperty("components").GetProperty("schemas").EnumerateObject()
            .Where(schema => schema.Value.TryGetProperty("properties", out _))
            .SelectMany(schema => schema.Value.GetProperty("properties").EnumerateObject().Select(property => property.Name)).Distinct()];
    }

    private async Task<string[]> Parameters()
    {
        var document = (await fixture.Node.Client().Get("/openapi/v1.json")).Expect(HttpStatusCode.OK).Body;
        return [.. from path in document.GetProperty("paths").EnumerateObject()
                   from operation in path.Value.EnumerateObject()
                   where operation.Value.TryGetProperty("parameters", out _)
                   from parameter in operation.Value.GetProperty("parameters").EnumerateArray()
                   where parameter.GetProperty("in").GetString() == "query"
                   select parameter.GetProperty("name").GetString() into name
                   group name by name into names
                   select names.Key];
    }

    // As bytes, because a client library would refuse or mend it.
    private async Task<int> RawAsync(string head, string? token)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(fixture.Node.Url.Host, fixture.Node.Url.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        var authorization = token is null ? "" : $"Authorization: Bearer {token}\r\n";
        var type = head.Contains("Content-Type", StringComparison.Ordinal) ? "" : "Content-Type: application/json\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes(
            $"{head}{authorization}{type}Host: {fixture.Node.Url.Authority}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"), TestContext.Current.CancellationToken);
        var answer = new byte[16];
        var length = await stream.ReadAtLeastAsync(answer, 12, throwOnEndOfStream: false, TestContext.Current.CancellationToken);
        return length < 12 ? 0 : int.Parse(Encoding.ASCII.GetString(answer, 9, 3), System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
