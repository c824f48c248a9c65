using Microsoft.Extensions.Options;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Http;
using PyTake.Jobs;
using PyTake.Media;
using PyTake.Nodes;
using PyTake.Operations;
using PyTake.Realtime;
using PyTake.SocketIo;
using PyTake.Telemetry;
using PyTake.Web;
using PyTake.WhatsApp.AccountEvents;
using PyTake.WhatsApp.Control;
using PyTake.WhatsApp.Files;
using PyTake.WhatsApp.Numbers;
using PyTake.WhatsApp.Outbound;
using PyTake.WhatsApp.Webhooks;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(TimeProvider.System);
builder.AddTelemetry();
builder.AddNodeMetrics();
builder.AddDatabase();
builder.AddNodes();
builder.AddJobs();
builder.AddHttp();
builder.AddAccounts();
builder.AddMedia();
builder.AddNumbers();
builder.AddWebhooks();
builder.AddOutbound();
builder.AddFiles();
builder.AddControl();
builder.AddAccountEvents();
builder.AddContacts();
builder.AddCannedResponses();
builder.AddConversations();
builder.AddRealtime();
builder.AddSocketIo();
builder.AddOperations();
builder.AddDrain();
builder.AddWeb();

var app = builder.Build();
if (MigrateCommand.IsAskedBy(args))
{
    await app.MigrateAsync();
    return Environment.ExitCode;
}
if (AdminCommand.IsAskedBy(args))
{
    await app.InviteAdministratorAsync(args);
    return Environment.ExitCode;
}
if (ReencryptCommand.IsAskedBy(args))
{
    await app.ReencryptAsync();
    return Environment.ExitCode;
}
if (MigrateMediaCommand.IsAskedBy(args))
{
    await app.MigrateMediaAsync(args);
    return Environment.ExitCode;
}
return await app.RunNodeAsync(Prepare);

static void Prepare(WebApplication app)
{
    // Before any service reads its settings, so that one error names all invalid ones.
    app.Services.GetRequiredService<IStartupValidator>().Validate();
    // Before any meter is created, and around every request.
    app.UseTelemetry();
    // Before all other middleware, so that it sees the browser's address and not nginx's.
    app.UseForwardedHeaders();
    app.UseSecurityHeaders();
    app.UseApiErrors();
    app.UseDrain();
    app.UseWeb();
    app.UseRealtime();
    app.UseAuthentication();
    app.UseAuthorization();
    app.MapAccounts();
    app.MapNumbers();
    app.MapAccountEvents();
    app.MapWebhooks();
    app.MapWebhookItems();
    app.MapConversationRoutes();
    app.MapControl();
    app.MapMedia();
    app.MapFiles();
    app.MapContacts();
    app.MapCannedResponses();
    app.MapRealtime();
    app.MapSocketIo();
    app.MapOperations();
}
