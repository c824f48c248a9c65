using System.Text.Json;
using PyTake.Simulator.Control;
using PyTake.Simulator.Media;

namespace PyTake.Simulator.Graph;

internal static class GraphEndpoints
{
    public static void AddGraph(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<GraphAccess>();
        builder.Services.AddSingleton<BusinessNumbers>();
        builder.Services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.Converters.Add(new VerbatimJson());
        });
    }

    /// <summary>The routes under a version of the Graph API, such as <c>/v23.0</c>.</summary>
    public static RouteGroupBuilder MapGraph(this IEndpointRouteBuilder app)
    {
        var graph = app.MapGroup("/{version:regex(^v\\d+\\.\\d+$)}");
        graph.MapFallback((HttpRequest request) =>
            new GraphError { Code = 2500, Message = $"Unknown path components: {request.Path}" }.ToResult());
        return graph;
    }

    public static void MapNodes(this RouteGroupBuilder graph) =>
        graph.MapGet("/{id}", Node).AddEndpointFilter(GraphAccess.Demand);

    /// <summary>
    /// Media and numbers share this path: both are requested by id alone. Any id of digits is a number to whoever asks for a number's fields with the right
    /// token, unless a rule says otherwise.
    /// </summary>
    private static async Task<IResult> Node(
        string id, HttpRequest request, MediaStore media, BusinessNumbers numbers, Rules rules, TimeProvider time, CancellationToken cancellationToken)
    {
        if (media.Find(id, request.Query["phone_number_id"]) is { } file)
            return await LookUpAsync(file, request, media, rules, cancellationToken);
        if (id != numbers.Default.Id && !(AsksForNumber(request) && id.All(char.IsAsciiDigit)))
            return GraphError.NoSuchObject("get", id).ToResult();
        var rule = rules.TakeForLookUp(id);
        if (rule is { DelayMs: > 0 })
            await Task.Delay(TimeSpan.FromMilliseconds(rule.DelayMs), time, cancellationToken);
        return rule?.Refusal ?? TypedResults.Ok(Describe(numbers.Get(id)));
    }

    private static bool AsksForNumber(HttpRequest request) =>
        request.Query["fields"].ToString().Split(',').Contains("display_phone_number");

    private static async Task<IResult> LookUpAsync(
        MediaFile file, HttpRequest request, MediaStore media, Rules rules, CancellationToken cancellationToken)
    {
        var rule = await rules.TakeAsync("lookup", cancellationToken);
        var told = rule?.Fault == "wrong_hash" ? file with { Sha256 = new string('0', 64) } : file;
        return rule?.Refusal ?? TypedResults.Ok(media.Describe(told, request));
    }

    private static object Describe(BusinessNumber number) => new
    {
        number.Id,
        number.DisplayPhoneNumber,
        VerifiedName = "PyTake",
        QualityRating = "GREEN",
        WhatsappBusinessAccount = new { Id = number.AccountId },
    };
}
