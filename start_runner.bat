@echo off
rem Starts LLM Server Manager. Needs Node.js 18 or newer; everything else is fetched by npm at the first start.
setlocal
cd /d "%~dp0"
where node >nul 2>nul
if errorlevel 1 goto missing
where npm >nul 2>nul
if errorlevel 1 goto missing
call npm start -- %*
set "code=%errorlevel%"
if not "%code%"=="0" pause
exit /b %code%

:missing
echo Node.js with npm was not found. Install Node.js 18 or newer from https://nodejs.org, then run this again.
pause
exit /b 1
