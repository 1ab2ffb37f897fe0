// What the shared library `jambox_core` shows to P/Invoke; in the firmware the macro is empty.
#ifndef JB_EXPORT_H
#define JB_EXPORT_H

#if defined(JB_SHARED) && defined(_WIN32)
#define JB_API __declspec(dllexport)
#elif defined(JB_SHARED)
#define JB_API __attribute__((visibility("default")))
#else
#define JB_API
#endif

#endif
