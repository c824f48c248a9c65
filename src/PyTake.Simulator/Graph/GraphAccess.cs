using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using static System.Security.Cryptography.CryptographicOperations;

namespace PyTake.Simulator.Graph;

/// <summary>Decides whether a request's bearer token is valid.</summary>
internal sealed class GraphAccess(IOptions<SimulatorOptions> options)
{
    private readonly byte[] _token = Encoding.UTF8.GetBytes(options.Value.AccessToken);

    public bool Allows(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
        && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
        && !string.IsNullOrEmpty(header.Parameter)
        && (_token.Length == 0 || FixedTimeEquals(_token, Encoding.UTF8.GetBytes(header.Parameter)));

    /// <summary>An endpoint filter that answers an invalid token as Meta does.</summary>
    public static async ValueTask<object?> Demand(
        EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var access = context.HttpContext.RequestServices.GetRequiredService<GraphAccess>();
        return access.Allows(context.HttpContext.Request) ? await next(context) : GraphError.BadToken.ToResult();
    }
}
