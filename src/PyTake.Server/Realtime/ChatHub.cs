using Microsoft.AspNetCore.SignalR;

namespace PyTake.Realtime;

public sealed class ChatHub : Hub;
