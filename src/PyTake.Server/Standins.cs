namespace PyTake.WhatsApp.Numbers;
internal sealed class NumberDirectory(IConfiguration c) { public ValueTask<IReadOnlyList<byte[]>> AppSecretsAsync(CancellationToken _) => ValueTask.FromResult<IReadOnlyList<byte[]>>([System.Text.Encoding.UTF8.GetBytes(c["WhatsApp:AppSecrets:0"]!)]); public ValueTask<bool> IsVerifyTokenAsync(string t, CancellationToken c) => default; }
