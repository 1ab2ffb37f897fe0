using System.Collections;
using JamBox.Board;
using nanoFramework.Runtime.Events;

namespace nanoFramework.Device.Bluetooth;

/// <summary>Stand-in of what is internal there: the listener whose registration starts the thread of the advertisements.</summary>
internal sealed class BluetoothEventListener : IEventListener
{
    private static readonly Queue _watcherQueue = new WaitingEvents();

    public void InitializeForEventSource() => BoardHost.Current.Ble.Revive();

    public bool OnEvent(BaseEvent ev) => throw new NotSupportedException();

    /// <summary>The events of the board of the calling firmware; the original has one board only.</summary>
    private sealed class WaitingEvents : Queue
    {
        public override int Count => BoardHost.Current.Ble.Waiting;
    }
}
