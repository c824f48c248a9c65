using PyTake.Accounts;
using PyTake.Backplane;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Http;
using PyTake.Realtime;
using PyTake.WhatsApp.Outbound;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(TimeProvider.System);
builder.AddDatabase();
builder.AddHttp();
builder.AddAccounts();
builder.AddOutbound();
builder.Services.AddSingleton<NodeBus>().AddSingleton<Presence>();
builder.Services.AddSignalR();
builder.Services.AddSingleton<ChatEvents>().AddSingleton<ChangePublisher>().AddSingleton<InboxFeed>().AddSingleton<ConversationStreams>();

var app = builder.Build();
if (MigrateCommand.IsAskedBy(args))
{
    await app.MigrateAsync();
    return;
}
// First, so that everything after it sees the browser's address and not nginx's.
app.UseForwardedHeaders();
app.UseApiErrors();
app.UseAuthentication();
app.UseAuthorization();
app.MapAccounts();
app.Run();
