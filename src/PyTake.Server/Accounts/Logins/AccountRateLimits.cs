using Microsoft.Extensions.Options;
using PyTake.Http;

namespace PyTake.Accounts;

/// <summary>Limits the requests per minute to the routes where passwords or tokens could be guessed (CONTRACT, section 8).</summary>
internal sealed class AccountRateLimits(IOptions<AccountOptions> options) : IDisposable
{
    public RateLimit Login { get; } = new(options.Value.LoginsPerMinute);
    public RateLimit Refresh { get; } = new(options.Value.RefreshesPerMinute);
    public RateLimit Register { get; } = new(options.Value.RegistrationsPerMinute);

    public void Dispose()
    {
        Login.Dispose();
        Refresh.Dispose();
        Register.Dispose();
    }
}
