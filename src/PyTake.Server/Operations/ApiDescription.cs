using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using PyTake.Accounts;
using PyTake.Http;
using PyTake.Json;

namespace PyTake.Operations;

/// <summary>/openapi/v1.json: the API description, generated from the routes.</summary>
internal static class ApiDescription
{
    private const string Bearer = "bearer";

    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer(Describe);
        options.AddOperationTransformer(AuthorizeAsync);
        options.AddSchemaTransformer(AnyJson);
    });

    private static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new() { Title = "PyTake", Version = Health.Version, Description = "The realtime heart of a WhatsApp team inbox." };
        // Nodes are behind a proxy; their own addresses are of no use to clients.
        document.Servers = [];
        document.Components ??= new();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            BearerFormat = "JWT",
            Description = "The access token of /api/v1/auth/login",
        };
        return Task.CompletedTask;
    }

    /// <summary>Describes a route's policy: its security scheme and its 401 and 403.</summary>
    private static async Task AuthorizeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var policies = metadata.OfType<IAuthorizeData>().Select(a => a.Policy).ToArray();
        if (policies.Length == 0 || metadata.OfType<IAllowAnonymous>().Any()) return;

        operation.Security = [new() { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
        var error = await context.GetOrCreateSchemaAsync(typeof(ErrorBody), null, cancellationToken);
        operation.Responses ??= [];
        operation.Responses.TryAdd("401", Response("No valid access token", error));
        if (policies.Any(p => p is not Policies.Read)) operation.Responses.TryAdd("403", Response("A right is missing", error));
    }

    // An id or a number that may be null. Other raw JSON keeps its schema: any value.
    private static Task AnyJson(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type == typeof(OptionalId)) (schema.Type, schema.Format) = (JsonSchemaType.String | JsonSchemaType.Null, "uuid");
        if (context.JsonTypeInfo.Type == typeof(OptionalNumber)) schema.Type = JsonSchemaType.Integer | JsonSchemaType.Null;
        return Task.CompletedTask;
    }

    private static OpenApiResponse Response(string description, IOpenApiSchema schema) => new()
    {
        Description = description,
        Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = schema } },
    };
}
