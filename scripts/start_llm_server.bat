@echo off
rem Starts a model server: through the runner where one is up, which keeps its log and restarts it after a crash; otherwise by itself, in
rem this window. start_llm_server.bat --help lists the settings.
setlocal EnableExtensions DisableDelayedExpansion
rem "shift" also moves %%0, the name of this file.
set "HERE=%~dp0"
set "USE_RUNNER=yes"
set "REST="

:parse
if "%~1"=="" goto parsed
if "%~1"=="-h" goto usage
if "%~1"=="/?" goto usage
if "%~1"=="--help" goto usage
if "%~1"=="--" goto rest
if "%~1"=="--no-runner" (
  set "USE_RUNNER=no"
  shift
  goto parse
)
set "OPTION=%~1"
if not "%OPTION:~0,2%"=="--" (
  set "MODEL=%~1"
  shift
  goto parse
)
for %%O in (model mmproj host port context gpu-layers threads parallel batch-size alias id recipe ready-timeout) do if "%OPTION%"=="--%%O" goto store
echo start_llm_server.bat: there is no option %OPTION%. Arguments for the server come after --. See --help. 1>&2
exit /b 2

:store
if "%~2"=="" (
  echo start_llm_server.bat: %OPTION% needs a value. See --help. 1>&2
  exit /b 2
)
set "NAME=%OPTION:~2%"
set "NAME=%NAME:-=_%"
set "%NAME%=%~2"
shift
shift
goto parse

:rest
shift
if "%~1"=="" goto parsed
set REST=%REST% %1
goto rest

:parsed
if not defined MODEL (
  echo start_llm_server.bat: give a model: start_llm_server.bat FILE.gguf. See --help. 1>&2
  exit /b 2
)
if not exist "%MODEL%" (
  echo start_llm_server.bat: there is no model file at "%MODEL%". 1>&2
  exit /b 2
)
if "%USE_RUNNER%"=="no" goto alone
set "NODE=%HERE%..\node_modules\node\bin\node.exe"
if not exist "%NODE%" goto alone
if not exist "%HERE%launch-server.ts" goto alone
"%NODE%" "%HERE%launch-server.ts"%REST%
if not errorlevel 3 exit /b %errorlevel%
if errorlevel 4 exit /b %errorlevel%

:alone
echo Without the runner: the server runs in this window until Ctrl-C. 1>&2
if not defined LLAMA_SERVER set "LLAMA_SERVER=llama-server"
if not defined HOST set "HOST=127.0.0.1"
if not defined PORT set "PORT=8080"
set ARGUMENTS=-m "%MODEL%"
if defined MMPROJ set ARGUMENTS=%ARGUMENTS% --mmproj "%MMPROJ%"
set ARGUMENTS=%ARGUMENTS% --host %HOST% --port %PORT%
if defined CONTEXT set ARGUMENTS=%ARGUMENTS% -c %CONTEXT%
if defined GPU_LAYERS set ARGUMENTS=%ARGUMENTS% -ngl %GPU_LAYERS%
if not defined THREADS set "THREADS=0"
if not "%THREADS%"=="0" set ARGUMENTS=%ARGUMENTS% -t %THREADS%
if defined PARALLEL set ARGUMENTS=%ARGUMENTS% --parallel %PARALLEL%
if defined BATCH_SIZE set ARGUMENTS=%ARGUMENTS% -b %BATCH_SIZE%
if defined ALIAS set ARGUMENTS=%ARGUMENTS% --alias "%ALIAS%"
rem llama-server reads the key from its environment: an argument would be visible in the list of processes.
if defined API_KEY set "LLAMA_API_KEY=%API_KEY%"
echo "%LLAMA_SERVER%" %ARGUMENTS%%REST% 1>&2
"%LLAMA_SERVER%" %ARGUMENTS%%REST%
exit /b %errorlevel%

:usage
echo Usage: start_llm_server.bat [--model] FILE.gguf [options] [-- arguments for the server]
echo.
echo Each option is also an environment variable; the option wins.
echo.
echo   --model FILE         MODEL          the GGUF file
echo   --mmproj FILE        MMPROJ         its projector, for models that see images
echo   --host ADDRESS       HOST           where it listens (127.0.0.1: enough for a tunnel)
echo   --port N             PORT           8080
echo   --context N          CONTEXT        tokens of context (the server's own default)
echo   --gpu-layers N       GPU_LAYERS     layers on the GPU, -1 for all
echo   --threads N          THREADS
echo   --parallel N         PARALLEL       requests at once
echo   --batch-size N       BATCH_SIZE
echo   --alias NAME         ALIAS          the model's name for clients
echo                        API_KEY        clients must send it (as a variable only: others can see arguments)
echo   --id ID              ID             name in the runner (llama_PORT)
echo   --recipe NAME        RECIPE         llama-server, llama_cpp.server or embedded (the runner's default)
echo   --ready-timeout S    READY_TIMEOUT  seconds to wait for the model (600)
echo   --no-runner                         in this window, even where a runner is up
echo                        RUNNER_URL     http://127.0.0.1:3002, or as .env says
echo                        LLAMA_SERVER   the llama-server program, where it is not on PATH
exit /b 0
