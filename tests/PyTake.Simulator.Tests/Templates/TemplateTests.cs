using System.Net;
using System.Text.Json;

namespace PyTake.Simulator.Tests.Templates;

public sealed class TemplateTests(SimulationFixture fixture) : IClassFixture<SimulationFixture>
{
    private readonly Simulation _simulation = fixture.Simulation;

    [Fact]
    public async Task The_account_of_a_number_is_found_and_lists_templates_in_two_languages()
    {
        var number = (await _simulation.GetAsync($"/v23.0/{Simulation.Number}?fields=whatsapp_business_account")).Json;
        var account = number.GetProperty("whatsapp_business_account").GetProperty("id").GetString();
        var templates = await ListAsync($"/v23.0/{account}/message_templates");

        Assert.Contains(("hello_world", "en_US"), templates);
        Assert.Contains(("hello_world", "pt_BR"), templates);
        Assert.Equal(templates, await ListAsync($"/v23.0/{Simulation.Number}/message_templates"));
    }

    [Fact]
    public async Task The_list_is_filtered()
    {
        var path = $"/v23.0/{Simulation.Number}/message_templates";

        Assert.Equal([("satisfaction_survey", "pt_BR")], await ListAsync($"{path}?status=PAUSED"));
        Assert.Equal(
            [("order_update", "pt_BR")], await ListAsync($"{path}?name=order_update&language=pt_BR"));
        Assert.Empty(await ListAsync($"{path}?name=nothing"));
    }

    [Fact]
    public async Task The_list_is_read_page_by_page()
    {
        var path = $"/v23.0/{Simulation.Number}/message_templates";
        var all = await ListAsync(path);

        var paged = new List<(string, string)>();
        var page = (await _simulation.GetAsync($"{path}?limit=2")).Json;
        while (page.TryGetProperty("paging", out var paging))
        {
            paged.AddRange(Read(page));
            if (!paging.TryGetProperty("next", out var next)) break;
            Assert.EndsWith($"after={paging.GetProperty("cursors").GetProperty("after").GetString()}", next.GetString(), StringComparison.Ordinal);
            page = (await _simulation.GetAsync(new Uri(next.GetString()!).PathAndQuery)).Json;
        }

        Assert.Equal(all, paged);
    }

    [Fact]
    public async Task A_template_with_its_parameters_is_accepted()
    {
        var answer = await SendAsync(
            "order_update", "pt_BR", Body("""[{"type":"text","text":"Ana"},{"type":"text","text":"1042"}]"""));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("accepted", answer.Json.GetProperty("messages")[0].GetProperty("message_status").GetString());
    }

    [Fact]
    public async Task A_picture_in_a_header_is_a_parameter()
    {
        const string Values = """[{"type":"text","text":"Ana"},{"type":"text","text":"20%"}]""";
        const string Picture = """[{"type":"image","image":{"link":"https://example.com/a.jpg"}}]""";
        const string Words = """[{"type":"text","text":"a.jpg"}]""";

        var good = await SendAsync("season_sale", "pt_BR", Header(Picture), Body(Values));
        var wrong = await SendAsync("season_sale", "pt_BR", Header(Words), Body(Values));
        var missing = await SendAsync("season_sale", "pt_BR", Body(Values));

        Assert.Equal(HttpStatusCode.OK, good.Status);
        Assert.Equal(132012, wrong.ErrorCode);
        Assert.Equal(132000, missing.ErrorCode);
    }

    [Theory]
    [InlineData("no_such_template", "pt_BR", 404, 132001)]
    [InlineData("back_to_you", "fr", 404, 132001)]
    [InlineData("order_update", "pt_BR", 400, 132000)]
    [InlineData("satisfaction_survey", "pt_BR", 400, 132015)]
    public async Task A_template_that_cannot_be_sent_is_refused(string name, string language, int status, int code)
    {
        var answer = await SendAsync(name, language, Body("""[{"type":"text","text":"Ana"}]"""));

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(code, answer.ErrorCode);
    }

    [Fact]
    public async Task A_code_to_sign_in_needs_a_phone_number()
    {
        var answer = await _simulation.SendAsync(new
        {
            messaging_product = "whatsapp",
            recipient = "BR.8842kd",
            type = "template",
            template = new
            {
                name = "sign_in_code",
                language = new { code = "en_US" },
                components = new[] { Body("""[{"type":"text","text":"123456"}]""") },
            },
        });

        Assert.Equal(131062, answer.ErrorCode);
    }

    private Task<Answer> SendAsync(string name, string language, params JsonElement[] components) =>
        _simulation.SendAsync("template", new { name, language = new { code = language }, components });

    private static JsonElement Header(string parameters) => Component("header", parameters);

    private static JsonElement Body(string parameters) => Component("body", parameters);

    private static JsonElement Component(string type, string parameters) =>
        JsonSerializer.SerializeToElement(new { type, parameters = JsonElement.Parse(parameters) });

    private async Task<(string, string)[]> ListAsync(string path) =>
        Read((await _simulation.GetAsync(path)).Json);

    private static (string, string)[] Read(JsonElement page) =>
    [
        .. page.GetProperty("data").EnumerateArray().Select(template =>
            (template.GetProperty("name").GetString()!, template.GetProperty("language").GetString()!)),
    ];
}
