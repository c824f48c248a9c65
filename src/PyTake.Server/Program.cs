using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Http;
using PyTake.Jobs;
using PyTake.Realtime;
using PyTake.WhatsApp;
using PyTake.WhatsApp.Numbers;
using PyTake.WhatsApp.Webhooks;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(TimeProvider.System);
builder.AddDatabase();
builder.AddJobs();
builder.AddHttp();
builder.AddAccounts();
builder.AddNumbers();
builder.AddWebhooks();
builder.AddContacts();
builder.AddCannedResponses();
builder.AddRealtime();
builder.Services.AddSingleton<ConversationStreams>();
builder.Services.AddOptionsWithValidateOnStart<GraphOptions, GraphOptionsValidator>().BindConfiguration(GraphOptions.Section);

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
app.MapNumbers();
app.MapWebhooks();
app.MapWebhookItems();
app.MapContacts();
app.MapCannedResponses();
app.MapRealtime();
app.Run();
