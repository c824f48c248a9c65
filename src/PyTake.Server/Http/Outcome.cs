using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.HttpResults;

namespace PyTake.Http;

/// <summary>Why a use case changed nothing, in words for the user.</summary>
/// <param name="Status">The matching HTTP status.</param>
/// <param name="Field">For 422: the wrong field of the body, such as <c>content.text</c>.</param>
public sealed record Refusal(int Status, string Message, string? Field = null)
{
    /// <summary>What the answer says besides, by the names of its fields.</summary>
    public Dictionary<string, object?>? Facts { get; init; }

    public static Refusal BadRequest(string message) => new(400, message);

    /// <summary>It does not exist, or belongs to another organization.</summary>
    public static Refusal NotFound(string what) => new(404, $"{what} not found");

    public static Refusal Conflict(string message) => new(409, message);

    /// <summary>The caller lost the right while the request was on its way.</summary>
    public static Refusal Forbidden => new(403, "You may not do this");

    public static Refusal Invalid(string field, string message) => new(422, message, field);
}

/// <summary>The result of a use case: a value, or the reason why there is none.</summary>
public readonly struct Outcome<T> where T : class
{
    private Outcome(T? value, Refusal? refusal) => (Value, Refusal) = (value, refusal);

    public T? Value { get; }

    public Refusal? Refusal { get; }

    /// <summary>Whether there is a value.</summary>
    public bool Is([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Refusal? refusal)
    {
        (value, refusal) = (Value, Refusal);
        return value is not null;
    }

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(null, refusal);
}

/// <summary>Converts outcomes to HTTP responses.</summary>
public static class OutcomeResults
{
    /// <summary>200 with the value, or the refusal's error.</summary>
    public static Results<Ok<T>, JsonHttpResult<ErrorBody>> ToOk<T>(this Outcome<T> outcome) where T : class
        => outcome.Is(out var value, out var refusal) ? TypedResults.Ok(value) : refusal.ToError();

    /// <summary>201 with the value and its location, or the refusal's error.</summary>
    public static Results<Created<T>, JsonHttpResult<ErrorBody>> ToCreated<T>(this Outcome<T> outcome, Func<T, string> path) where T : class
        => outcome.Is(out var value, out var refusal) ? TypedResults.Created(path(value), value) : refusal.ToError();

    /// <summary>The error in the contract's shape.</summary>
    public static JsonHttpResult<ErrorBody> ToError(this Refusal refusal) => refusal.Field is { } field
        ? ApiErrors.Invalid(field, refusal.Message)
        : ApiErrors.Error(refusal.Status, refusal.Message, refusal.Facts);
}
