namespace PyTake.Faults.Load;

/// <summary>One user's access token, renewed before it expires and whenever the server refuses it; shared by all callers.</summary>
internal sealed class Session : IDisposable
{
    private readonly HttpClient _http;
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private readonly CancellationTokenSource _over = new();

    private Session(HttpClient http, string email, string password, Agent agent)
    {
        (_http, Email, Password) = (http, email, password);
        Token = agent.AccessToken;
        _ = KeepAsync(agent.ExpiresIn);
    }

    public string Email { get; }
    public string Password { get; }
    public string Token { get; private set; }

    public static async Task<Session> LogInAsync(HttpClient http, string email, string password) =>
        new(http, email, password, await Agent.LogInAsync(http, email, password));

    /// <summary>Replaces the token, unless <paramref name="stale"/> was replaced already.</summary>
    /// <exception cref="RestException">The login failed.</exception>
    public async Task<string> RenewAsync(string stale, CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken);
        try
        {
            if (stale == Token) Token = (await Agent.LogInAsync(_http, Email, Password, cancellationToken)).AccessToken;
        }
        catch (HttpRequestException exception)
        {
            throw new RestException((int)(exception.StatusCode ?? 0), $"log in: {exception.Message}", exception);
        }
        finally
        {
            _renewing.Release();
        }
        return Token;
    }

    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
    }

    // At two thirds of its lifetime, so that there is time to retry.
    private async Task KeepAsync(int seconds)
    {
        var over = _over.Token;
        try
        {
            for (var wait = TimeSpan.FromSeconds(seconds * 2 / 3.0); ;)
            {
                await Task.Delay(wait, over);
                wait = await TryRenewAsync(over) ? TimeSpan.FromSeconds(seconds * 2 / 3.0) : Backoff.After(4);
            }
        }
        catch (OperationCanceledException)
        {
            // The session was disposed.
        }
    }

    private async Task<bool> TryRenewAsync(CancellationToken over)
    {
        try
        {
            await RenewAsync(Token, over);
            return true;
        }
        catch (RestException)
        {
            return false;
        }
    }
}
