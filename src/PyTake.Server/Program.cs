using PyTake.Accounts;
using PyTake.Database;
using PyTake.Http;
using PyTake.Realtime;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(TimeProvider.System);
builder.AddDatabase();
builder.AddHttp();
builder.AddAccounts();
builder.AddRealtime();

var app = builder.Build();
if (MigrateCommand.IsAskedBy(args))
{
    await app.MigrateAsync();
    return;
}
// First, so that everything after it sees the browser's address and not nginx's.
app.UseForwardedHeaders();
app.UseApiErrors();
app.UseRealtime();
app.UseAuthentication();
app.UseAuthorization();
app.MapAccounts();
app.MapRealtime();
app.Run();
