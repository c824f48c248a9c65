using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace PyTake.Simulator.Control;

internal static class ControlErrors
{
    /// <summary>Answers a request that could not be read with the reason, in the shape of a validation error.</summary>
    public static void UseControlErrors(this WebApplication app) => app.UseExceptionHandler(new ExceptionHandlerOptions
    {
        ExceptionHandler = Answer,
        SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException,
        StatusCodeSelector = exception => (exception as BadHttpRequestException)?.StatusCode ?? 500,
    });

    private static Task Answer(HttpContext context)
    {
        var exception = context.Features.GetRequiredFeature<IExceptionHandlerFeature>().Error;
        var message = exception is BadHttpRequestException bad
            ? bad.InnerException?.Message ?? bad.Message
            : "Something went wrong";
        return context.Response.WriteAsJsonAsync(new
        {
            Title = "The request could not be read",
            Errors = new { Request = new[] { message } },
        });
    }
}
