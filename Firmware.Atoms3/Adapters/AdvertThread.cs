using System;
using System.Collections;
using System.Reflection;
using nanoFramework.Device.Bluetooth;
using nanoFramework.Runtime.Events;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The thread of nanoFramework.Device.Bluetooth on which advertisements are parsed. One that ends in a section of length 1 makes the parser
/// read past its end; the exception ends the thread, nobody is told, and no advertisement arrives any more, whatever is stopped and
/// started. The library starts the thread once, when its event listener registers, and has no public way to start it again; so
/// this reaches for the listener by reflection, as library version 1.1.123 names it.
/// </summary>
internal static class AdvertThread
{
    /// <summary>Starts the thread again if it is dead. Only while no scan runs: then a live one has emptied its queue.</summary>
    /// <returns>Whether it lives now, as far as that can be told; <c>false</c> when the library is built differently.</returns>
    public static bool Revive()
    {
        const BindingFlags Hidden = BindingFlags.Static | BindingFlags.NonPublic;
        FieldInfo manager = typeof(BluetoothLEServer).GetField("_bluetoothEventManager", Hidden);
        object listener = manager == null ? null : manager.GetValue(null);
        FieldInfo waiting = listener == null ? null : listener.GetType().GetField("_watcherQueue", Hidden);
        if (waiting == null)
        {
            return false;
        }

        // A second thread beside a live one would race it for the queue; events that nobody took are the sign that there is none.
        if (((Queue)waiting.GetValue(null)).Count > 0)
        {
            ((IEventListener)listener).InitializeForEventSource();
        }

        return true;
    }
}
