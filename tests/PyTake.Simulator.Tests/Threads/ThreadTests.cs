using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PyTake.Simulator.Tests.Threads;

public sealed class ThreadTests
{
    [Fact]
    public async Task What_is_said_with_somebody_else_comes_as_a_copy_until_the_app_has_the_thread()
    {
        await using var simulation = await Simulation.StartAsync();
        await Own(simulation, "ai_agent", quiet: true);

        await Write(simulation, "Oi");
        var copy = await Change(simulation);
        await simulation.ControlAsync("echoes", new { to = Simulation.Ana, message = new { type = "text", text = new { body = "Olá!" } } });
        var echo = await Change(simulation);
        await Own(simulation, "app", summary: "Ana says hello");
        var handover = await Change(simulation);
        await Write(simulation, "E agora?");

        Assert.Equal("standby", copy.GetProperty("field").GetString());
        Assert.Equal("Oi", copy.GetProperty("value").GetProperty("standby").GetProperty("messages")[0].GetProperty("text").GetProperty("body").GetString());
        var said = echo.GetProperty("value").GetProperty("standby").GetProperty("message_echoes")[0].GetProperty("message");
        Assert.Equal((Simulation.Ana, "Olá!"), (said.GetProperty("to").GetString(), said.GetProperty("text").GetProperty("body").GetString()));
        Assert.Equal("messaging_handovers", handover.GetProperty("field").GetString());
        Assert.Equal(Simulation.Number, handover.GetProperty("value").GetProperty("recipient").GetProperty("phone_number_id").GetString());
        var passed = handover.GetProperty("value").GetProperty("control_passed");
        Assert.Equal(("ai_agent", "escalation"), (passed.GetProperty("previous_owner_role").GetString(), passed.GetProperty("new_owner_role").GetString()));
        Assert.Equal("Ana says hello", passed.GetProperty("conversation_context").GetProperty("summary").GetProperty("text").GetString());
        Assert.Equal("messages", (await Change(simulation)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task The_app_takes_a_thread_and_gives_it_back_to_whoever_had_it()
    {
        await using var simulation = await Simulation.StartAsync();
        await Own(simulation, "ai_agent", quiet: true);

        var notIts = await Control(simulation, "release");
        var taken = await Control(simulation, "take");
        await Write(simulation, "Oi");
        var own = await Change(simulation);
        var released = await Control(simulation, "release");
        await Write(simulation, "Oi?");

        Assert.Equal(100, notIts.ErrorCode);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], [taken.Status, released.Status]);
        Assert.Equal("""{"messaging_product":"whatsapp"}""", taken.Json.GetRawText());
        Assert.Equal("messages", own.GetProperty("field").GetString());
        Assert.Equal("standby", (await Change(simulation)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_message_of_the_app_takes_the_thread_and_a_rule_refuses_to_give_it()
    {
        await using var simulation = await Simulation.StartAsync();
        await Own(simulation, "ai_agent", quiet: true);
        await simulation.ControlAsync("rules", new { status = 400, to = Simulation.Ana, error = new { code = 2494191 }, times = 1 });

        var refused = await Control(simulation, "take");
        await simulation.SendTextAsync("Eu ajudo");
        await Write(simulation, "Oi");

        Assert.Equal(2494191, refused.ErrorCode);
        Assert.Equal("messages", (await Change(simulation)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task A_request_that_is_not_whole_is_refused()
    {
        await using var simulation = await Simulation.StartAsync();

        Assert.Equal(100, (await Control(simulation, "keep")).ErrorCode);
        Assert.Equal(100, (await simulation.PostAsync($"/v23.0/{Simulation.Number}/thread_control",
            JsonContent.Create(new { messaging_product = "whatsapp", action = "take" }))).ErrorCode);
    }

    private static Task<Answer> Own(Simulation simulation, string owner, bool quiet = false, string? summary = null) =>
        simulation.ControlAsync("owners", new { from = Simulation.Ana, owner, quiet, summary });

    private static Task<Answer> Control(Simulation simulation, string action) =>
        simulation.PostAsync($"/v23.0/{Simulation.Number}/thread_control", JsonContent.Create(new { messaging_product = "whatsapp", to = Simulation.Ana, action }));

    private static Task<Answer> Write(Simulation simulation, string text) =>
        simulation.ControlAsync("inbound", new { from = Simulation.Ana, message = new { type = "text", text = new { body = text } } });

    private static async Task<JsonElement> Change(Simulation simulation) =>
        JsonElement.Parse((await simulation.Webhook.NextAsync()).Body).GetProperty("entry")[0].GetProperty("changes")[0];
}
