using PyTake.Nodes;
using PyTake.SocketIo;

namespace PyTake.Realtime;

// What clients are promised (CONTRACT, section 6) does not depend on the backplane.

public sealed class MicrosoftRoomTests(MicrosoftCluster cluster) : RoomTests<MicrosoftCluster>(cluster);

public sealed class MicrosoftInboxFeedTests(MicrosoftCluster cluster) : InboxFeedTests<MicrosoftCluster>(cluster);

public sealed class MicrosoftTypingTests(MicrosoftCluster cluster) : TypingTests<MicrosoftCluster>(cluster);

public sealed class MicrosoftAccessTests(MicrosoftCluster cluster) : AccessTests<MicrosoftCluster>(cluster);

public sealed class MicrosoftTransportTests(MicrosoftCluster cluster) : TransportTests<MicrosoftCluster>(cluster);

public sealed class MicrosoftChatDoorTests(MicrosoftCluster cluster) : ChatDoorTests<MicrosoftCluster>(cluster);

public sealed class MicrosoftPresenceTests() : PresenceContract(BackplaneOptions.Microsofts);
